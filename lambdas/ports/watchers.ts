import type { Job } from '../../domain/job/job.ts';

/** The connections that watch a job. */
export interface Watchers {
  /** Adds a connection and reads the job in one step, so that no change is missed in between. */
  add(watch: Watch & { readonly ticket: string }): Promise<AddedWatcher>;
  /** Removes a connection. Has no effect if it does not watch the job. */
  remove(watch: Watch): Promise<void>;
}

export interface Watch {
  readonly jobId: string;
  readonly connectionId: string;
}

export type AddedWatcher =
  /** The job as it was when the connection was added. */
  | { readonly outcome: 'added'; readonly job: Job }
  /** No job has this id and this ticket. */
  | { readonly outcome: 'unknown' }
  /** The job has as many watchers as it may have. */
  | { readonly outcome: 'full'; readonly watchers: readonly string[] };
