import type { FieldError } from './protocol.ts';

/** What a caller asked for cannot be done. `code` is stable; the message is for the caller's eyes. */
export abstract class Refusal extends Error {
  abstract readonly code: string;
  /** HTTP status that says the same. */
  abstract readonly status: number;
  /** Each bad field, where the fault is in fields. */
  readonly errors: readonly FieldError[] | undefined = undefined;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter: number | undefined = undefined;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The body is no JSON text in UTF-8. */
export class MalformedBody extends Refusal {
  readonly code = 'malformed_body';
  readonly status = 400;
}

/** The caller is nobody we know. The gateway refuses first; this guards against a route without its authorizer. */
export class Unauthorized extends Refusal {
  readonly code = 'unauthorized';
  readonly status = 401;
}

/** There is no such thing, or it is another owner's: the two are not to be told apart. */
export class NotFound extends Refusal {
  readonly code = 'not_found';
  readonly status = 404;
}

/** The job's status does not allow a cancellation; the message says why. */
export class CannotCancel extends Refusal {
  readonly code = 'cannot_cancel';
  readonly status = 409;
}

/** The job's status does not allow a redrive; the message says why. */
export class CannotRedrive extends Refusal {
  readonly code = 'cannot_redrive';
  readonly status = 409;
}

/** The body is longer than what is read. */
export class BodyTooLarge extends Refusal {
  readonly code = 'body_too_large';
  readonly status = 413;
}

/** The body is not declared as JSON. */
export class UnsupportedMediaType extends Refusal {
  readonly code = 'unsupported_media_type';
  readonly status = 415;
}

/** Fields are missing, unknown or wrong. */
export class InvalidFields extends Refusal {
  readonly code = 'invalid_fields';
  readonly status = 422;
  override readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('Some fields were refused; `errors` names each of them.');
    this.errors = errors;
  }
}

/** The idempotency key was used for another request. */
export class IdempotencyKeyReused extends Refusal {
  readonly code = 'idempotency_key_reused';
  readonly status = 422;
  override readonly errors = [{ pointer: 'Idempotency-Key', detail: 'Stands for another order.' }];
}

/** A part we need is down. What was asked has not been done, unless it was and the answer of that part got lost. */
export class DependencyUnavailable extends Refusal {
  readonly code = 'dependency_unavailable';
  readonly status = 503;
  override readonly retryAfter = 2;
}

/**
 * A stage decided that the order cannot go on: a declined card, an article that is not sold. Final, never retried.
 * The state machine catches it by this class's name.
 */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
  /** Stable and machine-readable; becomes the job's `error.code`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The job is to be cancelled, as a stage found when it was about to begin. The state machine catches it by this name. */
export class OrderCancelled extends Error {
  override readonly name = 'OrderCancelled';
}
