import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMail } from '../../../../lambdas/adapters/mail.ts';
import type { Mail } from '../../../../lambdas/ports/mail.ts';
import {
  type AwsAnswer,
  AwsRefusal,
  type AwsServiceStub,
  startAwsService,
} from '../../../support/aws-service.ts';

const run = promisify(execFile);

let ses: AwsServiceStub;
let mail: Mail;
beforeAll(async () => {
  ses = await startAwsService();
  mail = createMail({ sender: 'orders@example.com' });
});
afterAll(() => ses.stop());

const message = { to: 'ada@example.com', subject: 'Your order', text: 'Thank you, Gödel.' };

describe('mail through SES', () => {
  it('is sent as plain text in UTF-8', async () => {
    ses.answer(() => ({ MessageId: 'm1' }));

    await mail.send(message);

    expect(ses.requests).toMatchObject([
      {
        route: 'POST /v2/email/outbound-emails',
        input: {
          FromEmailAddress: 'orders@example.com',
          Destination: { ToAddresses: ['ada@example.com'] },
          Content: {
            Simple: {
              Subject: { Data: 'Your order', Charset: 'UTF-8' },
              Body: { Text: { Data: 'Thank you, Gödel.', Charset: 'UTF-8' } },
            },
          },
        },
      },
    ]);
  });

  it.each(['MessageRejected', 'BadRequestException', 'MailFromDomainNotVerifiedException'])(
    'is refused for good on %s, without the address in the reason',
    async (name) => {
      ses.answer(() => new AwsRefusal(name));

      const refusal = await mail.send(message).catch((error) => error);

      expect(refusal).toMatchObject({ name: 'OrderRefused', code: 'mail_refused' });
      expect(refusal.message).not.toContain('ada');
    },
  );

  it.each([
    ['TooManyRequestsException', 429],
    ['ThrottlingException', 400],
    ['LimitExceededException', 400],
    ['SendingPausedException', 400],
    ['AccountSuspendedException', 400],
    ['NotFoundException', 404],
    ['AccessDeniedException', 403],
  ])('was certainly not sent on %s, and is not sent again by the SDK', async (name, status) => {
    ses.answer(() => new AwsRefusal(name, status));

    await expect(mail.send(message)).rejects.toMatchObject({ name: 'MailNotSent', cause: { name } });

    expect(ses.requests).toHaveLength(1);
  });

  it.each(['http://127.0.0.1:1', 'http://localhost:1', 'http://nobody.invalid'])(
    'was certainly not sent when no connection to %s was made',
    async (url) => {
      // In a process of its own: the errors of Node's sockets are no instances of this test runner's Error, and the SDK
      // replaces what is none.
      const adapter = pathToFileURL(path.join(import.meta.dirname, '../../../../lambdas/adapters/mail.ts'));
      const script = `
        import { createMail } from '${adapter}';
        await createMail({ sender: 'orders@example.com' })
          .send(${JSON.stringify(message)})
          .catch((error) => console.log(error.name, error.message));`;
      const env = { ...process.env, AWS_ENDPOINT_URL: url };

      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env });

      expect(stdout).toBe('MailNotSent SES could not be reached.\n');
    },
  );

  it.each<[string, AwsAnswer]>([
    ['SES fails', new AwsRefusal('InternalServiceErrorException', 500)],
    ['SES is unavailable', new AwsRefusal('ServiceUnavailable', 503)],
    ['a proxy gives up', new AwsRefusal('RequestTimeout', 408)],
    ['the connection is lost', 'lost'],
  ])('may have been sent when %s, and is not sent again by the SDK', async (_, answer) => {
    ses.answer(() => answer);

    const failure = await mail.send(message).catch((error) => error);

    expect(failure.name).toEqual(expect.any(String));
    expect(['OrderRefused', 'MailNotSent']).not.toContain(failure.name);
    expect(ses.requests).toHaveLength(1);
  });

  it('goes to the ASCII form of an internationalised domain', async () => {
    ses.answer(() => ({ MessageId: 'm1' }));

    await mail.send({ ...message, to: 'ada@BÜCHER。example' });

    expect(ses.requests).toMatchObject([
      { input: { Destination: { ToAddresses: ['ada@xn--bcher-kva.example'] } } },
    ]);
  });
});
