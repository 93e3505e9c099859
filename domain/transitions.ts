import { estimateCompletion } from './estimate.ts';
import { isTerminal, type Job, type Outcome, type Step } from './job.ts';
import { type StageTable, stages } from './stages.ts';

/** What can happen to a job after it was accepted. `attempt` counts from 1. */
export type JobEvent =
  | { readonly type: 'stage-started'; readonly stage: string; readonly attempt: number }
  | { readonly type: 'stage-completed'; readonly stage: string; readonly attempt: number }
  /** A technical failure that will be retried. */
  | {
      readonly type: 'attempt-failed';
      readonly stage: string;
      readonly attempt: number;
      readonly nextAttemptAt: Date;
    }
  /** A business failure: final, never retried. */
  | {
      readonly type: 'stage-refused';
      readonly stage: string;
      readonly attempt: number;
      readonly reason: Reason;
    }
  /** A technical failure whose retries are used up. */
  | { readonly type: 'stage-exhausted'; readonly stage: string; readonly reason: Reason }
  /** The owner asks for cancellation. */
  | { readonly type: 'cancel-requested' }
  /** The execution ended without a word: an operator stopped it, or it ran out of time. */
  | { readonly type: 'execution-ended'; readonly status: Outcome['status']; readonly reason: Reason }
  /** A failure is resumed where it happened. */
  | { readonly type: 'redriven' }
  /** What a stage did has been undone. */
  | { readonly type: 'compensated'; readonly stage: string }
  /** Something could not be undone, and its retries are used up. */
  | { readonly type: 'compensation-failed'; readonly reason: Reason };

/** Why a stage failed: a stable code, and a sentence for a person. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** What a new job starts from. */
export interface Acceptance {
  readonly jobId: string;
  readonly owner: string;
  readonly ticket: string;
  /** How long the record is kept after acceptance, in days. */
  readonly retentionDays: number;
  /** Whether somebody is to be called back at its end. */
  readonly callback?: boolean;
}

const cancelled: Reason = { code: 'cancelled', message: 'The order was cancelled at its owner’s request.' };

/** The job as accepted: queued, every step pending, version 1. */
export function acceptJob(acceptance: Acceptance, now: Date, table: StageTable = stages): Job {
  const { jobId, owner, ticket, retentionDays, callback } = acceptance;
  const job: Job = {
    jobId,
    owner,
    ticket,
    status: 'queued',
    version: 1,
    steps: table.map((stage) => ({ name: stage.name, status: 'pending' })),
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + retentionDays * 86_400_000).toISOString(),
    ...(callback && { callback }),
  };
  return withEstimate(job, now, table);
}

/**
 * The job after an event. The same object comes back when the event is no news (repeated, late, or for a job that has
 * ended), so a caller writes exactly when the result differs. `version` grows by one when a client can see the
 * difference; a request for cancellation cannot be seen before it is honoured.
 */
export function transition(job: Job, event: JobEvent, now: Date, table: StageTable = stages): Job {
  switch (event.type) {
    case 'stage-started':
      return dueStage(job) === event.stage ? start(job, event.stage, event.attempt, now, table) : job;
    case 'stage-completed':
      return isWorked(job, event.stage)
        ? advance(job, event.stage, { status: 'completed', ...attemptsOf(event.attempt) }, now, table)
        : job;
    case 'attempt-failed':
      return isWorked(job, event.stage) ? postpone(job, event, now, table) : job;
    case 'stage-refused':
      return isWorked(job, event.stage)
        ? refuse(job, event.stage, event.reason, attemptsOf(event.attempt), now, table)
        : job;
    case 'stage-exhausted':
      return isWorked(job, event.stage) ? exhaust(job, event.stage, event.reason, now, table) : job;
    case 'cancel-requested':
      return cancelRefusal(job, table) === undefined ? requestCancel(job, now, table) : job;
    case 'execution-ended':
      return isTerminal(job) || job.outcome ? job : interrupt(job, event.status, event.reason, now, table);
    case 'redriven':
      return isRedrivable(job) ? reopen(job, now, table) : job;
    case 'compensated':
      return nextCompensation(job, table) === event.stage ? compensate(job, event.stage, now, table) : job;
    case 'compensation-failed':
      return job.outcome && !isTerminal(job) ? failCompensation(job, event.reason, now, table) : job;
  }
}

/** The stage to work on: every step before it is done, and it is not. None while a job is being undone, or ended. */
export function dueStage(job: Job): string | undefined {
  if (job.outcome) return undefined;
  if (isTerminal(job)) return isRedrivable(job) ? job.error?.stage : undefined;
  return job.steps.find((step) => step.status === 'pending' || step.status === 'in-progress')?.name;
}

/** Whether a redrive can resume the job. */
export const isRedrivable = (job: Job): boolean => job.status === 'failed' && job.error?.redrivable === true;

/** The stage to undo next: the last one that did something, or may have. None unless the job is being undone. */
export function nextCompensation(job: Job, table: StageTable = stages): string | undefined {
  if (!job.outcome) return undefined;
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

/** Whether a stage is in progress, in a job that goes forward. */
const isWorked = (job: Job, stage: string): boolean => !isTerminal(job) && dueStage(job) === stage;

function start(job: Job, stage: string, attempt: number, now: Date, table: StageTable): Job {
  // A redrive counts attempts from 1 again, but the step remembers that there were some.
  const mayHaveRun = attempt > 1 || (stepOf(job, stage).attempts ?? 1) > 1;
  if (job.cancelRequested) return interrupt(job, 'cancelled', cancelled, now, table, mayHaveRun);
  if (isTerminal(job)) return reopen(job, now, table);
  const step = stepOf(job, stage);
  const known =
    step.status === 'in-progress' && (step.attempts ?? 1) >= attempt && step.nextAttemptAt === undefined;
  if (known) return job;
  const { nextAttemptAt: _, ...rest } = step;
  const begun = {
    startedAt: now.toISOString(),
    ...rest,
    status: 'in-progress' as const,
    ...atLeast(step, attempt),
  };
  return changed({ ...job, status: 'processing', stage, steps: replace(job.steps, begun) }, now, table);
}

/** Ends a step and begins the next one, or ends the whole job, in the same change. */
function advance(job: Job, stage: string, end: Partial<Step>, now: Date, table: StageTable): Job {
  const ended = replace(job.steps, endOf(job, stage, end, now));
  const next = ended.find((step) => step.status === 'pending');
  const { stage: _, cancelRequested, ...rest } = job;
  if (!next) return changed({ ...rest, status: 'completed', steps: ended }, now, table);
  const steps = replace(ended, { ...next, status: 'in-progress', startedAt: now.toISOString() });
  const flags = cancelRequested ? { cancelRequested } : {};
  return changed({ ...rest, ...flags, status: 'processing', stage: next.name, steps }, now, table);
}

function postpone(job: Job, event: JobEvent & { type: 'attempt-failed' }, now: Date, table: StageTable): Job {
  const step = stepOf(job, event.stage);
  // The same failure reported twice counts once: the next attempt's number is known already.
  if (step.nextAttemptAt !== undefined && (step.attempts ?? 1) > event.attempt) return job;
  const attempts = Math.max(step.attempts ?? 1, event.attempt) + 1;
  const waiting = {
    ...step,
    status: 'in-progress' as const,
    attempts,
    nextAttemptAt: event.nextAttemptAt.toISOString(),
  };
  return changed({ ...job, steps: replace(job.steps, waiting) }, now, table);
}

function refuse(
  job: Job,
  stage: string,
  reason: Reason,
  end: Partial<Step>,
  now: Date,
  table: StageTable,
): Job {
  if (rowOf(stage, table)?.bestEffort) return advance(job, stage, { ...end, status: 'failed' }, now, table);
  const steps = replace(job.steps, endOf(job, stage, { ...end, status: 'failed' }, now));
  const error = { ...reason, stage, redrivable: false };
  return conclude({ ...job, steps }, { status: 'failed', error }, now, table);
}

function exhaust(job: Job, stage: string, reason: Reason, now: Date, table: StageTable): Job {
  if (rowOf(stage, table)?.bestEffort) return advance(job, stage, { status: 'failed' }, now, table);
  // Asked for during the last attempt: there is no next one that would honour it.
  if (job.cancelRequested) return interrupt(job, 'cancelled', cancelled, now, table);
  const steps = replace(job.steps, endOf(job, stage, { status: 'failed' }, now));
  return changed(
    { ...job, stage, status: 'failed', steps, error: { ...reason, stage, redrivable: true } },
    now,
    table,
  );
}

function requestCancel(job: Job, now: Date, table: StageTable): Job {
  if (isTerminal(job)) return interrupt(job, 'cancelled', cancelled, now, table);
  return job.cancelRequested || job.outcome ? job : { ...job, cancelRequested: true };
}

/**
 * Ends a job in the middle of a stage.
 *
 * @param mayHaveRun - whether the stage may have had an effect, so that it is undone as if it had
 */
function interrupt(
  job: Job,
  status: Outcome['status'],
  reason: Reason,
  now: Date,
  table: StageTable,
  mayHaveRun = true,
): Job {
  const stage = dueStage(job) ?? job.stage ?? '';
  const step = stepOf(job, stage);
  const { error: _, cancelRequested: __, ...rest } = job;
  const undo = mayHaveRun && step.status !== 'pending' && rowOf(stage, table)?.compensation !== undefined;
  const { nextAttemptAt: ___, completedAt: ____, ...interrupted } = step;
  const left = undo ? 'in-progress' : status === 'failed' ? 'failed' : 'skipped';
  const steps = replace(job.steps, { ...interrupted, status: left });
  return conclude(
    { ...rest, stage, steps },
    { status, error: { ...reason, stage, redrivable: false } },
    now,
    table,
  );
}

/** Skips what was not begun; the job ends at once where nothing has to be undone, and is being undone elsewhere. */
function conclude(job: Job, outcome: Outcome, now: Date, table: StageTable): Job {
  const steps = job.steps.map((step) =>
    step.status === 'pending' ? { ...step, status: 'skipped' as const } : step,
  );
  const undoing: Job = { ...job, status: 'processing', steps, outcome };
  return nextCompensation(undoing, table) === undefined
    ? end(undoing, outcome, now, table)
    : changed(undoing, now, table);
}

function compensate(job: Job, stage: string, now: Date, table: StageTable): Job {
  const steps = replace(job.steps, endOf(job, stage, { status: 'compensated' }, now));
  const undone: Job = { ...job, steps };
  if (!job.outcome || nextCompensation(undone, table) !== undefined) return changed(undone, now, table);
  return end(undone, job.outcome, now, table);
}

function end(
  { outcome: _, cancelRequested: __, ...job }: Job,
  outcome: Outcome,
  now: Date,
  table: StageTable,
): Job {
  return changed({ ...job, ...outcome, stage: outcome.error.stage }, now, table);
}

/** Keeps the outcome: what is left to undo, and how the job ends after that, is needed by a redrive. */
function failCompensation(job: Job, reason: Reason, now: Date, table: StageTable): Job {
  const stage = nextCompensation(job, table) ?? job.stage ?? '';
  return changed(
    { ...job, status: 'failed', stage, error: { ...reason, stage, redrivable: true } },
    now,
    table,
  );
}

function reopen(job: Job, now: Date, table: StageTable): Job {
  const { error, ...rest } = job;
  if (job.outcome) return changed({ ...rest, status: 'processing' }, now, table);
  const { completedAt: _, ...step } = stepOf(job, error?.stage ?? '');
  const again = { ...step, status: 'in-progress' as const, attempts: (step.attempts ?? 1) + 1 };
  return changed(
    { ...rest, status: 'processing', stage: step.name, steps: replace(job.steps, again) },
    now,
    table,
  );
}

const attemptsOf = (attempt: number): Partial<Step> => (attempt > 1 ? { attempts: attempt } : {});

const atLeast = (step: Step, attempt: number): Partial<Step> =>
  attemptsOf(Math.max(step.attempts ?? 1, attempt));

const rowOf = (stage: string, table: StageTable) => table.find((row) => row.name === stage);

/** A step that is done, one way or the other; it never counts fewer attempts than it did. */
function endOf(job: Job, stage: string, change: Partial<Step>, now: Date): Step {
  const { nextAttemptAt: _, ...step } = stepOf(job, stage);
  const at = now.toISOString();
  return { startedAt: at, ...step, ...change, ...atLeast(step, change.attempts ?? 1), completedAt: at };
}

function stepOf(job: Job, stage: string): Step {
  const step = job.steps.find((candidate) => candidate.name === stage);
  if (!step) throw new Error(`Job ${job.jobId} has no stage '${stage}'.`);
  return step;
}

const replace = (steps: readonly Step[], step: Step): readonly Step[] =>
  steps.map((candidate) => (candidate.name === step.name ? step : candidate));

function changed(job: Job, now: Date, table: StageTable): Job {
  return withEstimate({ ...job, version: job.version + 1, updatedAt: now.toISOString() }, now, table);
}

function withEstimate({ estimatedCompletion: _, ...job }: Job, now: Date, table: StageTable): Job {
  const estimatedCompletion = estimateCompletion(job, now, table);
  return estimatedCompletion === undefined ? job : { ...job, estimatedCompletion };
}
