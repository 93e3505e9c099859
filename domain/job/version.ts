import type { StageTable } from '../stages.ts';
import { estimateCompletion } from './estimate.ts';
import type { Job } from './job.ts';

/** What a transition depends on besides the job and the event. */
export interface TransitionContext {
  readonly now: Date;
  readonly table: StageTable;
}

/** The next version of a job, updated now and with a new estimate. Every visible change goes through here. */
export function nextVersion(job: Job, context: TransitionContext): Job {
  return withEstimate({ ...job, version: job.version + 1, updatedAt: context.now.toISOString() }, context);
}

/** The job with a new estimate; without one when it has ended. */
export function withEstimate(
  { estimatedCompletion: _, ...job }: Job,
  { now, table }: TransitionContext,
): Job {
  const estimatedCompletion = estimateCompletion(job, now, table);
  return estimatedCompletion === undefined ? job : { ...job, estimatedCompletion };
}
