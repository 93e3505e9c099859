import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createMail } from '../../../../lambdas/adapters/mail.ts';

const ses = mockClient(SESv2Client);
beforeEach(() => void ses.reset());

const mail = createMail({ sender: 'orders@example.com' });
const message = { to: 'ada@example.com', subject: 'Your order', text: 'Thank you, Gödel.' };
const sesError = (name: string) =>
  new SESv2ServiceException({ name, message: 'ada@example.com', $fault: 'client', $metadata: {} });

describe('mail through SES', () => {
  it('is sent as plain text in UTF-8', async () => {
    await mail.send(message);

    expect(ses.commandCalls(SendEmailCommand).map((call) => call.args[0].input)).toEqual([
      {
        FromEmailAddress: 'orders@example.com',
        Destination: { ToAddresses: ['ada@example.com'] },
        Content: {
          Simple: {
            Subject: { Data: 'Your order', Charset: 'UTF-8' },
            Body: { Text: { Data: 'Thank you, Gödel.', Charset: 'UTF-8' } },
          },
        },
      },
    ]);
  });

  it.each(['MessageRejected', 'BadRequestException', 'MailFromDomainNotVerifiedException'])(
    'is refused for good on %s, without the address in the reason',
    async (name) => {
      ses.on(SendEmailCommand).rejects(sesError(name));

      const refusal = await mail.send(message).catch((error) => error);

      expect(refusal).toMatchObject({ name: 'OrderRefused', code: 'mail_refused' });
      expect(refusal.message).not.toContain('ada');
    },
  );

  it.each(['TooManyRequestsException', 'LimitExceededException', 'SendingPausedException'])(
    'was certainly not sent on %s',
    async (name) => {
      const failure = sesError(name);
      ses.on(SendEmailCommand).rejects(failure);

      await expect(mail.send(message)).rejects.toMatchObject({ name: 'MailNotSent', cause: failure });
    },
  );

  it('may have been sent when no answer came', async () => {
    const timeout = Object.assign(new Error('No answer'), { name: 'TimeoutError' });
    ses.on(SendEmailCommand).rejects(timeout);

    await expect(mail.send(message)).rejects.toBe(timeout);
  });

  it('is not sent twice by the SDK itself', async () => {
    await mail.send(message);

    const [call] = ses.commandCalls(SendEmailCommand);
    const client = call?.thisValue as SESv2Client;
    expect(await client.config.maxAttempts()).toBe(1);
  });
});
