import type { StageTable } from '../stages.ts';
import { isTerminal, type Job } from './job.ts';

/**
 * When a job will probably be completed: what the stage table expects of the steps that are not done, counted from
 * `now`; a step in progress gets the rest of its expectation.
 *
 * @returns ISO 8601, or undefined once the job is terminal.
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
      // Slower than usual already: it is one of the slow ones.
      remainingMs += Math.max(0, (spentMs < expectedMs ? expectedMs : slowMs) - spentMs);
    }
  }
  return new Date(now.getTime() + remainingMs).toISOString();
}

/** Shortest and longest pause that a client is asked to make between two reads, in seconds. */
const pollSeconds = { min: 1, max: 30 };

/** `Retry-After` for a job that is not terminal, in whole seconds: until the estimate, within bounds. */
export function retryAfterSeconds(job: Job, now: Date): number {
  const untilEstimateMs = Date.parse(job.estimatedCompletion ?? job.updatedAt) - now.getTime();
  return Math.min(pollSeconds.max, Math.max(pollSeconds.min, Math.ceil(untilEstimateMs / 1000)));
}
