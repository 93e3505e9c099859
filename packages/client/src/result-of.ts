import { JobCancelledError, JobFailedError } from './errors.ts';
import type { CancelledJob, CompletedJob, FailedJob } from './protocol.ts';

/** The result of a completed job. */
export interface OrderResult {
  readonly orderId: string;
  /** Relative to the API's origin. */
  readonly orderUrl: string;
}

/** @throws JobFailedError, JobCancelledError */
export function resultOf(job: CompletedJob | FailedJob | CancelledJob): OrderResult {
  if (job.status === 'completed') return job.result;
  const { message, ...error } = job.error;
  const JobError = job.status === 'failed' ? JobFailedError : JobCancelledError;
  throw new JobError(message, undefined, { ...error, job } as JobFailedError & JobCancelledError);
}
