import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import { type Mail, MailNotSent } from '../ports/mail.ts';

/** Errors of SES that no retry solves. */
const finalRefusals = new Set([
  'MessageRejected',
  'BadRequestException',
  'MailFromDomainNotVerifiedException',
]);

/** Outgoing e-mail through Amazon SES v2. */
export function createMail({ sender }: { readonly sender: string }): Mail {
  // No retries: if only the response of the first attempt was lost, a retry would send the message twice.
  const client = new SESv2Client({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });

  return {
    async send({ to, subject, text }) {
      const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
      try {
        await client.send(
          new SendEmailCommand({
            FromEmailAddress: sender,
            Destination: { ToAddresses: [to] },
            Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
          }),
        );
      } catch (error) {
        if (!(error instanceof SESv2ServiceException)) throw error;
        if (finalRefusals.has(error.name)) {
          throw new OrderRefused('mail_refused', 'The confirmation cannot be sent to this address.');
        }
        throw new MailNotSent(`SES did not accept the message: ${error.name}`, { cause: error });
      }
    },
  };
}
