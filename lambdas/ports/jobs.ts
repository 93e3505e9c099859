import type { Job } from '../../domain/job/job.ts';

/** Job records. */
export interface Jobs {
  /**
   * Stores a new job durably; this is the moment of acceptance. A job with the same id that already exists stays.
   *
   * @returns the job as stored
   */
  create(job: Job): Promise<Job>;
  /** Reads the latest write. */
  get(jobId: string): Promise<Job | undefined>;
  /**
   * Stores the job that `update` returns, unless it returns the same object. If another writer was faster, `update` is
   * called again with the job as that writer left it.
   *
   * @param job - the job as last read
   * @returns the job as stored
   */
  change(job: Job, update: (job: Job) => Job): Promise<Job>;
}
