import type { JobErrorCode, RefusalCode } from './codes.ts';
import type { CancelledJob, FailedJob, Problem, StatusDocument } from './protocol.ts';

/** Any error of this client. `name` tells them apart; `code` is stable; the message is one sentence for a person. */
export type OrdersError =
  | AbortedError
  | JobCancelledError
  | JobFailedError
  | OrderRefusedError
  | SignedOutError
  | TimedOutError
  | UnreachableError
  | UsageError;

/** The same symbol in every copy of this package: an application may load it as an ES module and as CommonJS. */
export const ordersErrorMark: unique symbol = Symbol.for('@accepted/client');

/** Whether a value is an error of this client, of whichever copy of the package. */
export const isOrdersError = (value: unknown): value is OrdersError =>
  !!(value as Partial<OrdersError> | undefined)?.[ordersErrorMark];

/** What is known of the order when an error arises. */
export interface KnownOrder {
  /** The key under which the order was submitted. Submitting it again with this key never makes a second job. */
  readonly idempotencyKey?: string | undefined;
  /** The job that the error is about. */
  readonly jobId?: string | undefined;
}

abstract class ClientError<Fields extends object = object> extends Error {
  abstract override readonly name: string;
  readonly [ordersErrorMark] = true as const;
  /** The key under which the order was submitted. Submitting it again with this key never makes a second job. */
  declare idempotencyKey?: string | undefined;
  /** The job that the error is about, when it is known. */
  declare jobId?: string | undefined;

  constructor(message: string, cause?: unknown, fields?: Fields & KnownOrder) {
    super(message, { cause });
    Object.assign(this, fields);
  }

  /** Makes `instanceof` hold for errors of other copies of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class on the right side of instanceof
    return isOrdersError(value) && value.name === this.prototype.name;
  }
}

/** The API refused a request; `problem` is its RFC 9457 document. */
export class OrderRefusedError extends ClientError<
  Pick<OrderRefusedError, 'code' | 'status' | 'problem' | 'retryAfterMs'>
> {
  override get name() {
    return 'OrderRefusedError' as const;
  }
  /** The problem's code, for example `invalid_fields`; `http_` and the status if a gateway or a proxy refused. */
  declare readonly code: RefusalCode;
  /** HTTP status. */
  declare readonly status: number;
  /** The API's answer; derived from the status if a gateway or a proxy answered without a problem document. */
  declare readonly problem: Problem;
  /** Milliseconds after which the same request may succeed, if the API said so. */
  declare readonly retryAfterMs: number | undefined;
}

/** The API refused the token, and the one that `token({ refused: true })` returned. Sign in again. */
export class SignedOutError extends ClientError {
  override get name() {
    return 'SignedOutError' as const;
  }
  readonly code = 'signed_out';
}

/** The API did not answer: the network is down, or something else answered in its place. */
export class UnreachableError extends ClientError {
  override get name() {
    return 'UnreachableError' as const;
  }
  readonly code = 'unreachable';
}

/** No repetition mends it: the call, the configuration or the API's CORS settings have to change. */
export class UsageError extends ClientError {
  override get name() {
    return 'UsageError' as const;
  }
  readonly code = 'invalid_usage';
}

/** The job ended as `failed`. */
export class JobFailedError extends ClientError<
  Pick<JobFailedError, 'code' | 'stage' | 'redrivable' | 'job'>
> {
  override get name() {
    return 'JobFailedError' as const;
  }
  /** The job's error code, for example `card_declined`. */
  declare readonly code: JobErrorCode;
  /** The stage that failed. */
  declare readonly stage: string;
  /** Whether {@link OrderHandle.redrive} can resume the job at that stage. */
  declare readonly redrivable: boolean;
  /** The status document. */
  declare readonly job: FailedJob;
}

/** The job ended as `cancelled`. */
export class JobCancelledError extends ClientError<Pick<JobCancelledError, 'code' | 'job'>> {
  override get name() {
    return 'JobCancelledError' as const;
  }
  /** The job's error code. */
  declare readonly code: JobErrorCode;
  /** The status document. */
  declare readonly job: CancelledJob;
}

/** The caller's timeout passed; `cause` is the last failure, if there was one. The job continues. */
export class TimedOutError extends ClientError<Pick<TimedOutError, 'job'>> {
  override get name() {
    return 'TimedOutError' as const;
  }
  readonly code = 'timed_out';
  /** The newest status known. */
  declare readonly job: StatusDocument | undefined;
}

/** The caller's signal was aborted; `cause` is its reason. The job continues. */
export class AbortedError extends ClientError {
  override get name() {
    return 'AbortedError' as const;
  }
  readonly code = 'aborted';
}

/** Adds what is known of the order to an error of this client. */
export function annotated(error: unknown, known: KnownOrder): unknown {
  if (isOrdersError(error)) {
    error.jobId ??= known.jobId;
    error.idempotencyKey ??= known.idempotencyKey;
  }
  return error;
}
