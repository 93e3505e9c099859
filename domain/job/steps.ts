import type { Job, Step } from './job.ts';

/**
 * The step of a stage.
 *
 * @throws Error when the job has no such stage
 */
export function stepOf(job: Job, stage: string): Step {
  const step = job.steps.find((candidate) => candidate.name === stage);
  if (!step) throw new Error(`Job ${job.jobId} has no stage '${stage}'.`);
  return step;
}

/** Replaces the step of the same name. */
export const replaceStep = (steps: readonly Step[], step: Step): readonly Step[] =>
  steps.map((candidate) => (candidate.name === step.name ? step : candidate));

/** The stage's step after its end, in whatever status `change` says. Its attempts never decrease. */
export function endedStep(job: Job, stage: string, change: Partial<Step>, now: Date): Step {
  const { nextAttemptAt: _, ...step } = stepOf(job, stage);
  const at = now.toISOString();
  const attempts = attemptsAtLeast(step, change.attempts ?? 1);
  return { startedAt: at, ...step, ...change, ...attempts, completedAt: at };
}

/** The `attempts` field of a step: present from the second attempt on. */
export const attemptsOf = (attempt: number): Partial<Step> => (attempt > 1 ? { attempts: attempt } : {});

/** The `attempts` field of a step, never lower than it is. */
export const attemptsAtLeast = (step: Step, attempt: number): Partial<Step> =>
  attemptsOf(Math.max(step.attempts ?? 1, attempt));
