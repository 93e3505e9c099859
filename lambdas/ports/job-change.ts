import type { Job } from '../../domain/job/job.ts';

/** A change of a job's item, as the stream of the jobs table reports it. */
export interface JobChange {
  readonly sequenceNumber: string;
  /** Undefined when the job is new. */
  readonly before: Job | undefined;
  readonly after: Job;
  /** Ids of the connections that watch the job. */
  readonly watchers: readonly string[];
}

/** Whether clients can see the change. Adding or removing a watcher changes the item too, but not the version. */
export const isVisible = ({ before, after }: JobChange): boolean => before?.version !== after.version;
