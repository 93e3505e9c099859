import { retryAfterSeconds } from '../../domain/job/estimate.ts';
import { isTerminal, type Job } from '../../domain/job/job.ts';

/** The `Retry-After` header of a job's status (RFC 9110, 10.2.3); none once the job is terminal. */
export const retryAfter = (job: Job, now: Date): Record<string, string> =>
  isTerminal(job) ? {} : { 'retry-after': String(retryAfterSeconds(job, now)) };
