import type { StageTable } from '../stages.ts';
import { isTerminal, type Job } from './job.ts';

/**
 * Estimates when a job will be completed: `now` plus the expected duration of every step that is not done. A step in
 * progress counts with the rest of its expected duration.
 *
 * @returns ISO 8601; undefined once the job is terminal
 */
export function estimateCompletion(job: Job, now: Date, table: StageTable): string | undefined {
  if (isTerminal(job)) return undefined;
  let remainingMs = 0;
  for (const step of job.steps) {
    const stage = table.find((row) => row.name === step.name);
    const { expectedMs = 0, slowMs = 0 } = stage ?? {};
    if (step.status === 'pending') remainingMs += expectedMs;
    if (step.status === 'in-progress') {
      const beginsAt = Date.parse(step.nextAttemptAt ?? step.startedAt ?? now.toISOString());
      const spentMs = now.getTime() - beginsAt;
      // It is already slower than the mean, so the 95th percentile is the better guess.
      remainingMs += Math.max(0, (spentMs < expectedMs ? expectedMs : slowMs) - spentMs);
    }
  }
  return new Date(now.getTime() + remainingMs).toISOString();
}

/** Shortest and longest pause between two status requests that a client is asked to make, in seconds. */
const pollSeconds = { min: 1, max: 30 };

/** `Retry-After` of a job that is not terminal, in whole seconds: the time until the estimate, within bounds. */
export function retryAfterSeconds(job: Job, now: Date): number {
  const untilEstimateMs = Date.parse(job.estimatedCompletion ?? job.updatedAt) - now.getTime();
  return Math.min(pollSeconds.max, Math.max(pollSeconds.min, Math.ceil(untilEstimateMs / 1000)));
}
