/** A refusal that the AWS SDKs decode: `__type`, message and HTTP status. */
export class AwsError extends Error {
  readonly status: number;
  /** Further members of the error body, for example `Item` of a failed condition. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.status = status;
    this.members = members;
  }
}
