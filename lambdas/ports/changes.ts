import type { Job } from '../../domain/job/job.ts';

/** Changes of jobs, as they happen. */
export interface Changes {
  /**
   * Waits for the next visible change of a job, without reading the job.
   *
   * @param job - as it was read; a change since then counts
   * @param signal - ends the waiting, which is no error
   * @throws Error when the job cannot be watched
   */
  next(job: Pick<Job, 'jobId' | 'ticket' | 'version'>, signal: AbortSignal): Promise<void>;
}
