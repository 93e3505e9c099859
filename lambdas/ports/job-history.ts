import type { Job } from '../../domain/job/job.ts';
import type { JobStatus } from '../../domain/protocol/protocol.ts';

/** The jobs of an owner. */
export interface JobHistory {
  /** Lists jobs, newest first. */
  list(query: JobHistoryQuery): Promise<JobHistoryPage>;
}

export interface JobHistoryQuery {
  readonly owner: string;
  readonly status?: JobStatus | undefined;
  /** Maximum number of jobs. */
  readonly limit: number;
  /** The `cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface JobHistoryPage {
  readonly jobs: readonly Job[];
  /** Absent on the last page. */
  readonly cursor?: string | undefined;
}
