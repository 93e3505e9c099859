import { findStage } from '../stages.ts';
import type { Job, Step } from './job.ts';
import type { TransitionContext } from './version.ts';

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

/** The step in progress, with the compensation that the stage table names for it. */
export function begunStep(step: Step, { now, table }: TransitionContext): Step {
  const row = findStage(step.name, table);
  return {
    startedAt: now.toISOString(),
    ...step,
    status: 'in-progress',
    compensation: row ? (row.compensation ?? null) : step.compensation,
  };
}

/**
 * The step, skipped. If it had been announced as begun, its compensation stays recorded: an attempt may have happened that
 * nobody heard of.
 */
export function skippedStep({ nextAttemptAt: _, completedAt: __, ...step }: Step): Step {
  return { ...step, status: 'skipped' };
}

/** The stage's step after its end, in whatever status `change` says. Its attempts never decrease. */
export function endedStep(job: Job, stage: string, change: Partial<Step>, context: TransitionContext): Step {
  const { nextAttemptAt: _, ...step } = begunStep(stepOf(job, stage), context);
  const attempts = attemptsAtLeast(step, change.attempts ?? 1);
  return { ...step, ...change, ...attempts, completedAt: context.now.toISOString() };
}

/** The `attempts` field of a step: present from the second attempt on. */
export const attemptsOf = (attempt: number): Partial<Step> => (attempt > 1 ? { attempts: attempt } : {});

/** The `attempts` field of a step, never lower than it is. */
export const attemptsAtLeast = (step: Step, attempt: number): Partial<Step> =>
  attemptsOf(Math.max(step.attempts ?? 1, attempt));
