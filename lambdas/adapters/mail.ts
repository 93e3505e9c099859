import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { asciiEmailAddress } from '../../domain/protocol/email-address.ts';
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
            Destination: { ToAddresses: [asciiEmailAddress(to) ?? to] },
            Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
          }),
        );
      } catch (error) {
        if (neverConnected(error)) throw new MailNotSent('SES could not be reached.', { cause: error });
        if (!isRefusal(error)) throw error;
        if (finalRefusals.has(error.name))
          throw new OrderRefused('mail_refused', 'The confirmation cannot be sent to this address.');
        throw new MailNotSent(`SES did not accept the message: ${error.name}`, { cause: error });
      }
    },
  };
}

/**
 * Whether SES answered with a client error, such as throttling, a paused account or a rejected message: it certainly did
 * not accept the message. A server error does not prove that, nor do 408 and 499, with which a proxy gives up waiting.
 *
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
 */
function isRefusal(error: unknown): error is SESv2ServiceException {
  if (!(error instanceof SESv2ServiceException)) return false;
  const { httpStatusCode: status = 0 } = error.$metadata;
  return status >= 400 && status < 500 && status !== 408 && status !== 499;
}

/** Whether the lookup of the name or the connection failed, so that not a byte of the message was sent. */
function neverConnected(error: unknown): boolean {
  // Node tries all addresses of a name and collects an error of each.
  const { errors = [error] } = error as { readonly errors?: readonly unknown[] };
  return errors.every((one) => {
    const { syscall } = one as NodeJS.ErrnoException;
    return syscall === 'getaddrinfo' || syscall === 'connect';
  });
}
