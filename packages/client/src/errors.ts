import type { Problem, StatusDocument } from './protocol.ts';

/** Base class of every error of this client. `code` is stable; the message is one sentence for a person. */
export abstract class OrdersError extends Error {
  /** Stable and machine-readable. */
  abstract readonly code: string;
}

/** The API refused a request; `problem` is its RFC 9457 document. */
export class OrderRefusedError extends OrdersError {
  override readonly name = 'OrderRefusedError';
  /** The problem's code, for example `invalid_fields`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** The API's answer; derived from the status if a gateway answered without a problem document. */
  readonly problem: Problem;
  /** Milliseconds after which the same request may succeed, if the API said so. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The API did not answer: the network is down, or a proxy answered instead. */
export class UnreachableError extends OrdersError {
  override readonly name = 'UnreachableError';
  readonly code = 'unreachable';
}

/** The job ended as `failed`. */
export class JobFailedError extends OrdersError {
  override readonly name = 'JobFailedError';
  /** The job's error code, for example `card_declined`. */
  readonly code: string;
  /** The stage that failed. */
  readonly stage: string | undefined;
  /** Whether {@link OrderHandle.redrive} can resume the job at that stage. */
  readonly redrivable: boolean;
  /** The status document. */
  readonly job: StatusDocument;

  constructor(job: StatusDocument) {
    super(job.error?.message ?? 'The job failed.');
    this.code = job.error?.code ?? 'failed';
    this.stage = job.error?.stage;
    this.redrivable = job.error?.redrivable ?? false;
    this.job = job;
  }
}

/** The job ended as `cancelled`. */
export class JobCancelledError extends OrdersError {
  override readonly name = 'JobCancelledError';
  /** The job's error code. */
  readonly code: string;
  /** The status document. */
  readonly job: StatusDocument;

  constructor(job: StatusDocument) {
    super(job.error?.message ?? 'The job was cancelled.');
    this.code = job.error?.code ?? 'cancelled';
    this.job = job;
  }
}

/** The caller's timeout passed; `cause` is the last failure, if there was one. The job continues. */
export class TimedOutError extends OrdersError {
  override readonly name = 'TimedOutError';
  readonly code = 'timed_out';

  constructor(cause?: unknown) {
    super('Operation timed out', { cause });
  }
}

/** The caller's signal was aborted; `cause` is its reason. The job continues. */
export class AbortedError extends OrdersError {
  override readonly name = 'AbortedError';
  readonly code = 'aborted';

  constructor(reason?: unknown) {
    super('Operation aborted', { cause: reason });
  }
}
