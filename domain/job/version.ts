import type { StageTable } from '../stages.ts';
import { estimateCompletion } from './estimate.ts';
import type { Job } from './job.ts';

/** When something happens, and what is expected of the stages then. */
export interface Moment {
  readonly now: Date;
  readonly table: StageTable;
}

/** The next version of a job: one more, now, with a new estimate. Every visible change passes here. */
export function nextVersion(job: Job, moment: Moment): Job {
  return withEstimate({ ...job, version: job.version + 1, updatedAt: moment.now.toISOString() }, moment);
}

/** The job with its estimate made anew; none once it has ended. */
export function withEstimate({ estimatedCompletion: _, ...job }: Job, { now, table }: Moment): Job {
  const estimatedCompletion = estimateCompletion(job, now, table);
  return estimatedCompletion === undefined ? job : { ...job, estimatedCompletion };
}
