import { daysAfter } from '../days-after.ts';
import type { StageTable } from '../stages.ts';
import { estimateCompletion } from './estimate.ts';
import type { Job } from './job.ts';

/** What a transition depends on besides the job and the event. */
export interface TransitionContext {
  readonly now: Date;
  readonly table: StageTable;
}

/**
 * The next version of a job, updated now, with a new estimate and a new time of expiry, so that the retention counts from
 * the job's end. Every visible change goes through here.
 */
export function nextVersion(job: Job, context: TransitionContext): Job {
  const { now } = context;
  const updated = { ...job, version: job.version + 1, updatedAt: now.toISOString() };
  return withEstimate({ ...updated, expiresAt: daysAfter(now, job.retentionDays).toISOString() }, context);
}

/** The job with a new estimate; without one when it has ended. */
export function withEstimate(
  { estimatedCompletion: _, ...job }: Job,
  { now, table }: TransitionContext,
): Job {
  const estimatedCompletion = estimateCompletion(job, now, table);
  return estimatedCompletion === undefined ? job : { ...job, estimatedCompletion };
}
