import { findStage, type StageTable, stages } from '../stages.ts';
import { dueStage, isRedrivable, isTerminal, type Job, type Outcome, type Reason } from './job.ts';
import { replaceStep, stepOf } from './steps.ts';
import { nextVersion, type TransitionContext } from './version.ts';

/*
 * A settlement undoes what a job's stages did and then ends the job as failed or cancelled. It compensates one stage
 * after the other, the last one first.
 */

/** The stage to compensate next: the last one that did something or may have. Undefined unless the job is being undone. */
export function nextCompensation(job: Job, table: StageTable = stages): string | undefined {
  if (!job.outcome) return undefined;
  if (job.outcome.inDoubt !== undefined) return job.outcome.inDoubt;
  return job.steps.findLast(
    ({ name, status }) =>
      (status === 'completed' || status === 'in-progress') && findStage(name, table)?.compensation,
  )?.name;
}

/** Why a job cannot be cancelled, as a sentence for the caller; undefined when it can. */
export function cancelRefusal(job: Job, table: StageTable = stages): string | undefined {
  if (job.outcome && isTerminal(job)) return 'Undoing the order failed. A redrive tries again.';
  if (job.outcome)
    return job.outcome.status === 'cancelled' ? undefined : 'The order has failed and is being undone.';
  if (isTerminal(job)) return isRedrivable(job) ? undefined : `The job has already ended as ${job.status}.`;
  const lastUndoable = table.findLastIndex((row) => row.compensation !== undefined);
  const due = table.findIndex((row) => row.name === dueStage(job));
  return due > lastUndoable
    ? 'It is too late to cancel: the order has been created and its confirmation is being sent.'
    : undefined;
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
  const { error: _, cancelRequested: __, ...rest } = job;
  const undo = step.status !== 'pending' && findStage(stage, context.table)?.compensation !== undefined;
  const { nextAttemptAt: ___, completedAt: ____, ...interrupted } = step;
  const left = undo && !isFirstAttempt ? 'in-progress' : status === 'failed' ? 'failed' : 'skipped';
  const steps = replaceStep(job.steps, { ...interrupted, status: left });
  return conclude(
    { ...rest, stage, steps },
    {
      status,
      error: { ...reason, stage, redrivable: false },
      ...(undo && isFirstAttempt && { inDoubt: stage }),
    },
    context,
  );
}

/** Skips the stages that have not begun, then ends the job if nothing has to be undone; otherwise it waits for that. */
export function conclude(job: Job, outcome: Outcome, context: TransitionContext): Job {
  const steps = job.steps.map((step) =>
    step.status === 'pending' ? { ...step, status: 'skipped' as const } : step,
  );
  const undoing: Job = { ...job, status: 'processing', steps, outcome };
  return nextCompensation(undoing, context.table) === undefined
    ? end(undoing, outcome, context)
    : nextVersion(undoing, context);
}

/** Marks a stage as compensated. The last one ends the job. `completedAt` still tells whether the stage had completed. */
export function compensate(job: Job, stage: string, context: TransitionContext): Job {
  const { inDoubt, ...outcome } = job.outcome ?? {};
  const wasInDoubt = inDoubt === stage;
  const steps = wasInDoubt
    ? job.steps
    : replaceStep(job.steps, { ...stepOf(job, stage), status: 'compensated' as const });
  const undone: Job = { ...job, steps, outcome: outcome as Outcome };
  if (nextCompensation(undone, context.table) === undefined) return end(undone, outcome as Outcome, context);
  return wasInDoubt ? undone : nextVersion(undone, context);
}

function end(
  { outcome: _, cancelRequested: __, ...job }: Job,
  outcome: Outcome,
  context: TransitionContext,
): Job {
  return nextVersion({ ...job, ...outcome, stage: outcome.error.stage }, context);
}

/** Fails the job because a stage could not be compensated. The outcome stays: a redrive needs it to continue. */
export function failCompensation(job: Job, reason: Reason, context: TransitionContext): Job {
  const stage = nextCompensation(job, context.table) ?? job.stage ?? '';
  return nextVersion(
    { ...job, status: 'failed', stage, error: { ...reason, stage, redrivable: true } },
    context,
  );
}
