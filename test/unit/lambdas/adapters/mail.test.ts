import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMail } from '../../../../lambdas/adapters/mail.ts';
import type { Mail } from '../../../../lambdas/ports/mail.ts';
import { AwsRefusal, type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

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
    ['LimitExceededException', 400],
    ['SendingPausedException', 400],
    ['InternalServiceErrorException', 500],
  ])('was certainly not sent on %s, and is not sent again by the SDK', async (name, status) => {
    ses.answer(() => new AwsRefusal(name, status));

    await expect(mail.send(message)).rejects.toMatchObject({ name: 'MailNotSent', cause: { name } });

    expect(ses.requests).toHaveLength(1);
  });

  it('may have been sent when no answer came, and is not sent again by the SDK', async () => {
    ses.answer(() => 'lost');

    const failure = await mail.send(message).catch((error) => error);

    expect(failure).toBeInstanceOf(Error);
    expect(['OrderRefused', 'MailNotSent']).not.toContain(failure.name);
    expect(ses.requests).toHaveLength(1);
  });
});
