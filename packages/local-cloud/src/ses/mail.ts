/** An e-mail that SES accepted. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** ISO time. */
  readonly at: string;
  readonly messageId: string;
}
