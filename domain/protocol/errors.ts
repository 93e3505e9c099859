import type { FieldError } from './protocol.ts';

/** A request that is refused. `code` is stable; the message is a sentence for the caller. */
export abstract class Refusal extends Error {
  abstract readonly code: string;
  /** The HTTP status of the response. */
  abstract readonly status: number;
  /** The fields that were refused, if the refusal is about fields. */
  readonly errors: readonly FieldError[] | undefined = undefined;
  /** Headers of the response that say how the request may succeed, by lower-case name. */
  readonly headers: Readonly<Record<string, string>> = {};

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The body is not JSON in UTF-8. */
export class MalformedBody extends Refusal {
  readonly code = 'malformed_body';
  readonly status = 400;
}

/** The request has no access token: none at all, or one of another kind, such as an ID token. */
export class Unauthorized extends Refusal {
  readonly code = 'unauthorized';
  readonly status = 401;
  /** RFC 6750, 3. */
  override readonly headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
}

/** It does not exist or belongs to another owner; callers must not be able to tell the difference. */
export class NotFound extends Refusal {
  readonly code = 'not_found';
  readonly status = 404;
}

/** The path exists, but not with this method. */
export class MethodNotAllowed extends Refusal {
  readonly code = 'method_not_allowed';
  readonly status = 405;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, allowed: readonly string[]) {
    super(message);
    this.headers = { allow: allowed.join(', ') };
  }
}

/** The job cannot be cancelled in its status; the message says why. */
export class CannotCancel extends Refusal {
  readonly code = 'cannot_cancel';
  readonly status = 409;
}

/** The job cannot be redriven in its status; the message says why. */
export class CannotRedrive extends Refusal {
  readonly code = 'cannot_redrive';
  readonly status = 409;
}

/** No index holds the jobs that an operator asks for; the message says what does. */
export class CannotList extends Refusal {
  readonly code = 'cannot_list';
  readonly status = 422;
}

/** The body is too long. */
export class BodyTooLarge extends Refusal {
  readonly code = 'body_too_large';
  readonly status = 413;
}

/** The body is not declared as JSON. */
export class UnsupportedMediaType extends Refusal {
  readonly code = 'unsupported_media_type';
  readonly status = 415;
  override readonly headers = { accept: 'application/json' };
}

/** The body is compressed. RFC 9110, 15.5.16 has the same status for this, told apart by the header. */
export class UnsupportedContentEncoding extends Refusal {
  readonly code = 'unsupported_content_encoding';
  readonly status = 415;
  override readonly headers = { 'accept-encoding': 'identity' };
}

/** Fields are missing, unknown or wrong. */
export class InvalidFields extends Refusal {
  readonly code = 'invalid_fields';
  readonly status = 422;
  override readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('Some fields are invalid; see `errors`.');
    this.errors = errors;
  }
}

/** The idempotency key was used before, for another request. */
export class IdempotencyKeyReused extends Refusal {
  readonly code = 'idempotency_key_reused';
  readonly status = 422;
  override readonly errors = [{ pointer: 'Idempotency-Key', detail: 'Was used for another order.' }];
}

/** A dependency failed. The operation may have completed if only the response was lost. */
export class DependencyUnavailable extends Refusal {
  readonly code = 'dependency_unavailable';
  readonly status = 503;
  override readonly headers = { 'retry-after': '2' };
}

/**
 * A stage refuses the order for a business reason, such as a declined card or a sold-out article. It is final and never
 * retried. Where something has to be undone, the state machine catches it by the name of this class.
 */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
  /** Becomes the job's `error.code`: stable and machine-readable. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The job is being cancelled, so the stage does not run. The state machine catches it by the name of this class. */
export class OrderCancelled extends Error {
  override readonly name = 'OrderCancelled';
}
