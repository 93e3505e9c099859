import { rowOf, type StageTable, stages } from '../stages.ts';
import { dueStage, isRedrivable, isTerminal, type Job, type Outcome } from './job.ts';
import { replaceStep, stepOf } from './steps.ts';
import { type Moment, nextVersion } from './version.ts';

/** Why a stage failed: a stable code, and a sentence for a person. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** The stage to undo next: the last one that did something, or may have. None unless the job is being undone. */
export function nextCompensation(job: Job, table: StageTable = stages): string | undefined {
  if (!job.outcome) return undefined;
  if (job.outcome.inDoubt !== undefined) return job.outcome.inDoubt;
  return job.steps.findLast(
    ({ name, status }) =>
      (status === 'completed' || status === 'in-progress') && rowOf(name, table)?.compensation,
  )?.name;
}

/** Why a job cannot be cancelled any more, as a sentence; undefined when it can. */
export function cancelRefusal(job: Job, table: StageTable = stages): string | undefined {
  if (job.outcome && isTerminal(job)) return 'The order could not be undone yet; a redrive tries it again.';
  if (job.outcome)
    return job.outcome.status === 'cancelled' ? undefined : 'The order has failed and is being undone.';
  if (isTerminal(job)) return isRedrivable(job) ? undefined : `The job has ended: it is ${job.status}.`;
  const lastUndoable = table.findLastIndex((row) => row.compensation !== undefined);
  const due = table.findIndex((row) => row.name === dueStage(job));
  return due > lastUndoable
    ? 'The order is made and its confirmation is on its way: it is too late to cancel.'
    : undefined;
}

/**
 * Ends a job in the middle of a stage.
 *
 * @param isFirstAttempt - the stage is about to begin for the first time, as far as anybody knows. It shows as not
 * begun, and is undone in silence: after a redrive, a first attempt may have had another one before it.
 */
export function interrupt(
  job: Job,
  status: Outcome['status'],
  reason: Reason,
  moment: Moment,
  isFirstAttempt = false,
): Job {
  const stage = dueStage(job) ?? job.stage ?? '';
  const step = stepOf(job, stage);
  const { error: _, cancelRequested: __, ...rest } = job;
  const undo = step.status !== 'pending' && rowOf(stage, moment.table)?.compensation !== undefined;
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
    moment,
  );
}

/** Skips what was not begun; the job ends at once where nothing has to be undone, and is being undone elsewhere. */
export function conclude(job: Job, outcome: Outcome, moment: Moment): Job {
  const steps = job.steps.map((step) =>
    step.status === 'pending' ? { ...step, status: 'skipped' as const } : step,
  );
  const undoing: Job = { ...job, status: 'processing', steps, outcome };
  return nextCompensation(undoing, moment.table) === undefined
    ? end(undoing, outcome, moment)
    : nextVersion(undoing, moment);
}

/** One thing less to undo; the last one ends the job. `completedAt` stays as it was: it tells whether the stage had completed. */
export function compensate(job: Job, stage: string, moment: Moment): Job {
  const { inDoubt, ...outcome } = job.outcome ?? {};
  const wasInDoubt = inDoubt === stage;
  const steps = wasInDoubt
    ? job.steps
    : replaceStep(job.steps, { ...stepOf(job, stage), status: 'compensated' as const });
  const undone: Job = { ...job, steps, outcome: outcome as Outcome };
  if (nextCompensation(undone, moment.table) === undefined) return end(undone, outcome as Outcome, moment);
  return wasInDoubt ? undone : nextVersion(undone, moment);
}

function end({ outcome: _, cancelRequested: __, ...job }: Job, outcome: Outcome, moment: Moment): Job {
  return nextVersion({ ...job, ...outcome, stage: outcome.error.stage }, moment);
}

/** Keeps the outcome: what is left to undo, and how the job ends after that, is needed by a redrive. */
export function failCompensation(job: Job, reason: Reason, moment: Moment): Job {
  const stage = nextCompensation(job, moment.table) ?? job.stage ?? '';
  return nextVersion(
    { ...job, status: 'failed', stage, error: { ...reason, stage, redrivable: true } },
    moment,
  );
}
