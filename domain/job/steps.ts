import type { Job, Step } from './job.ts';

/** The step of a stage. */
export function stepOf(job: Job, stage: string): Step {
  const step = job.steps.find((candidate) => candidate.name === stage);
  if (!step) throw new Error(`Job ${job.jobId} has no stage '${stage}'.`);
  return step;
}

/** The steps with one of them in a new state. */
export const replaceStep = (steps: readonly Step[], step: Step): readonly Step[] =>
  steps.map((candidate) => (candidate.name === step.name ? step : candidate));

/** A step that is done, one way or the other; it never counts fewer attempts than it did. */
export function endOf(job: Job, stage: string, change: Partial<Step>, now: Date): Step {
  const { nextAttemptAt: _, ...step } = stepOf(job, stage);
  const at = now.toISOString();
  return { startedAt: at, ...step, ...change, ...atLeast(step, change.attempts ?? 1), completedAt: at };
}

/** Attempts as a step shows them: from the second on. */
export const attemptsOf = (attempt: number): Partial<Step> => (attempt > 1 ? { attempts: attempt } : {});

/** Attempts of a step, never fewer than it shows. */
export const atLeast = (step: Step, attempt: number): Partial<Step> =>
  attemptsOf(Math.max(step.attempts ?? 1, attempt));
