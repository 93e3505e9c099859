import { findStage, type StageTable, stages } from '../stages.ts';
import {
  dueStage,
  isRedrivable,
  isTerminal,
  isUndone,
  type Job,
  type Outcome,
  type Reason,
  type Step,
} from './job.ts';
import { replaceStep, skippedStep, stepOf } from './steps.ts';
import { nextVersion, type TransitionContext } from './version.ts';

/*
 * A settlement undoes what a job's stages did and then ends the job as failed or cancelled. It compensates one stage
 * after the other, the last one first.
 */

/**
 * The step to compensate next: the last one that did something or may have. Undefined unless the job is being undone. A
 * skipped step is compensated too if it had begun, as far as was announced.
 */
export function nextCompensation(job: Job, table: StageTable = stages): Step | undefined {
  if (!job.outcome) return undefined;
  return job.steps.findLast(
    (step) =>
      (step.status === 'completed' || step.status === 'in-progress' || isInDoubt(step)) &&
      compensationOf(step, table),
  );
}

/** Whether a step was skipped although an attempt may have happened. */
const isInDoubt = ({ status, compensation }: Step): boolean =>
  status === 'skipped' && compensation !== undefined;

/**
 * Name of what undoes a step: the recorded one. The stage table decides only for a step that was recorded without.
 *
 * @returns undefined if nothing has to be undone
 */
export const compensationOf = (step: Step, table: StageTable = stages): string | undefined =>
  step.compensation === undefined
    ? findStage(step.name, table)?.compensation
    : (step.compensation ?? undefined);

/** Name of the execution that settles a job whose own execution has ended; a job's own has the name of the job. */
export const settlementExecutionOf = ({ jobId, settlement = 1 }: Pick<Job, 'jobId' | 'settlement'>): string =>
  `${jobId}-settlement-${settlement}`;

/** Until when a failure of this moment waits for a redrive, ISO 8601. */
export const redrivableUntil = ({ redriveSeconds }: Job, now: Date): string =>
  new Date(now.getTime() + redriveSeconds * 1000).toISOString();

/** Why a job cannot be cancelled, as a sentence for the caller; undefined when it can, or was. */
export function cancelRefusal(job: Job, table: StageTable = stages): string | undefined {
  if (job.outcome && isTerminal(job)) return 'Undoing the order failed. A redrive tries again.';
  if (job.outcome)
    return job.outcome.status === 'cancelled' ? undefined : 'The order has failed and is being undone.';
  if (job.cancelling || isRedrivable(job) || job.status === 'cancelled') return undefined;
  if (isTerminal(job)) return `The job has already ended as ${job.status}.`;
  return job.steps.some((step) => isUndone(step) && !findStage(step.name, table)?.bestEffort)
    ? undefined
    : 'It is too late to cancel: the order has been created and its confirmation is being sent.';
}

/**
 * Ends a job in the middle of a stage.
 *
 * @param isFirstAttempt - as far as anybody knows, the stage is about to begin for the first time. Its step shows as
 * skipped and the stage is compensated out of sight: after a redrive there may have been an attempt before.
 */
export function interrupt(
  job: Job,
  status: Outcome['status'],
  reason: Reason,
  context: TransitionContext,
  isFirstAttempt = false,
): Job {
  const stage = dueStage(job) ?? job.stage ?? '';
  const step = stepOf(job, stage);
  const undo = step.status !== 'pending' && compensationOf(step, context.table) !== undefined;
  const { nextAttemptAt: _, completedAt: __, ...interrupted } = step;
  const left: Step =
    undo && !isFirstAttempt
      ? { ...interrupted, status: 'in-progress' }
      : status === 'failed'
        ? { ...interrupted, status: 'failed' }
        : skippedStep(step);
  const error = { ...reason, stage, redrivable: false };
  const { error: ___, ...rest } = job;
  return conclude({ ...rest, stage, steps: replaceStep(job.steps, left) }, { status, error }, context);
}

/** Skips the stages that have not begun, then ends the job if nothing has to be undone; otherwise it waits for that. */
export function conclude(job: Job, outcome: Outcome, context: TransitionContext): Job {
  const steps = job.steps.map((step) =>
    step.status === 'pending' || (step.status === 'in-progress' && !compensationOf(step, context.table))
      ? skippedStep(step)
      : step,
  );
  const cancelling = outcome.status === 'cancelled' && { cancelling: true as const };
  const undoing: Job = { ...job, status: 'processing', steps, outcome, ...cancelling };
  return nextCompensation(undoing, context.table) === undefined
    ? end(undoing, outcome, context)
    : nextVersion(undoing, context);
}

/**
 * Marks a stage as compensated. The last one ends the job. `completedAt` still tells whether the stage had completed. For
 * clients a skipped step stays skipped.
 */
export function compensate(job: Job, stage: string, context: TransitionContext): Job {
  const step = stepOf(job, stage);
  const isVisible = !isInDoubt(step);
  const undone: Job = {
    ...job,
    steps: replaceStep(job.steps, {
      ...step,
      ...(isVisible && { status: 'compensated' }),
      compensation: null,
    }),
  };
  if (nextCompensation(undone, context.table) === undefined && job.outcome)
    return end(undone, job.outcome, context);
  return isVisible ? nextVersion(undone, context) : undone;
}

function end({ outcome: _, cancelling: __, ...job }: Job, outcome: Outcome, context: TransitionContext): Job {
  return nextVersion({ ...job, ...outcome, stage: outcome.error.stage }, context);
}

/** Fails the job because a stage could not be compensated. The outcome stays: a redrive needs it to continue. */
export function failCompensation(
  { cancelling: _, ...job }: Job,
  reason: Reason,
  context: TransitionContext,
): Job {
  const stage = nextCompensation(job, context.table)?.name ?? job.stage ?? '';
  const until = redrivableUntil(job, context.now);
  const error = { ...reason, stage, redrivable: true, redrivableUntil: until };
  return nextVersion({ ...job, status: 'failed', stage, error }, context);
}
