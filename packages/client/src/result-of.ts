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
  const { jobId } = job;
  throw job.status === 'failed'
    ? new JobFailedError(message, undefined, { ...error, job, jobId })
    : new JobCancelledError(message, undefined, { code: error.code, job, jobId });
}
