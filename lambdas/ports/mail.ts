/** A plain text e-mail. */
export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Outgoing e-mail. */
export interface Mail {
  /**
   * @throws OrderRefused when the message can never be sent
   * @throws MailNotSent when it was certainly not sent and a retry may succeed; after any other error it may have been
   * sent
   */
  send(message: Message): Promise<void>;
}

/** The mail service did not accept the message, so it is safe to send it again. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent';
}
