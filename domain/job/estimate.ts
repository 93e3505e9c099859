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
const pollSeconds = { min: 1, max: 60 };

/**
 * `Retry-After` of a job that is not terminal, in whole seconds within bounds: the time until the estimate. Once that has
 * passed, it is the time since, so that an overdue job is polled less and less.
 */
export function retryAfterSeconds(job: Job, now: Date): number {
  const seconds = Math.ceil(Math.abs(overdueMs(job, now)) / 1000);
  return Math.min(pollSeconds.max, Math.max(pollSeconds.min, seconds));
}

/** The estimate that a client is shown. */
export interface ShownEstimate {
  /** ISO 8601, never in the past. */
  readonly estimatedCompletion: string;
  /** Grows each time that an overdue job's estimate moves; 0 while it is the one that was stored. */
  readonly moves: number;
}

/**
 * The estimate of a job at the time of reading. One that has passed is moved by the least power of two, in seconds, that
 * reaches the next status request. Readings close together thus show the same estimate.
 *
 * @returns undefined once the job is terminal
 */
export function shownEstimate(job: Job, now: Date): ShownEstimate | undefined {
  const { estimatedCompletion } = job;
  if (estimatedCompletion === undefined) return undefined;
  const overdue = overdueMs(job, now);
  if (overdue <= 0) return { estimatedCompletion, moves: 0 };
  const moves = Math.ceil(Math.log2(overdue / 1000 + retryAfterSeconds(job, now)));
  const movedMs = Date.parse(estimatedCompletion) + 2 ** moves * 1000;
  return { estimatedCompletion: new Date(movedMs).toISOString(), moves };
}

/** Milliseconds since the estimate; negative before it. */
const overdueMs = (job: Job, now: Date): number =>
  now.getTime() - Date.parse(job.estimatedCompletion ?? job.updatedAt);
