import { rowOf, type StageTable, stages } from '../stages.ts';
import { dueStage, isRedrivable, isTerminal, type Job, type Outcome, type Step } from './job.ts';
import { atLeast, attemptsOf, endOf, replaceStep, stepOf } from './steps.ts';
import {
  cancelRefusal,
  compensate,
  conclude,
  failCompensation,
  interrupt,
  nextCompensation,
  type Reason,
} from './undoing.ts';
import { type Moment, nextVersion, withEstimate } from './version.ts';

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
  return withEstimate(job, { now, table });
}

/**
 * The job after an event. The same object comes back when the event is no news (repeated, late, or for a job that has
 * ended), so a caller writes exactly when the result differs. `version` grows by one when a client can see the
 * difference; a request for cancellation cannot be seen before it is honoured.
 */
export function transition(job: Job, event: JobEvent, now: Date, table: StageTable = stages): Job {
  const moment = { now, table };
  switch (event.type) {
    case 'stage-started':
      return dueStage(job) === event.stage ? start(job, event.stage, event.attempt, moment) : job;
    case 'stage-completed':
      return isWorked(job, event.stage)
        ? advance(job, event.stage, { status: 'completed', ...attemptsOf(event.attempt) }, moment)
        : job;
    case 'attempt-failed':
      return isWorked(job, event.stage) ? postpone(job, event, moment) : job;
    case 'stage-refused':
      return isWorked(job, event.stage)
        ? refuse(job, event.stage, event.reason, attemptsOf(event.attempt), moment)
        : job;
    case 'stage-exhausted':
      return isWorked(job, event.stage) ? exhaust(job, event.stage, event.reason, moment) : job;
    case 'cancel-requested':
      return cancelRefusal(job, table) === undefined ? requestCancel(job, moment) : job;
    case 'execution-ended':
      return isTerminal(job) || job.outcome ? job : interrupt(job, event.status, event.reason, moment);
    case 'redriven':
      return isRedrivable(job) ? reopen(job, moment) : job;
    case 'compensated':
      return nextCompensation(job, table) === event.stage ? compensate(job, event.stage, moment) : job;
    case 'compensation-failed':
      return job.outcome && !isTerminal(job) ? failCompensation(job, event.reason, moment) : job;
  }
}

/** Whether a stage is in progress, in a job that goes forward. */
const isWorked = (job: Job, stage: string): boolean => !isTerminal(job) && dueStage(job) === stage;

function start(job: Job, stage: string, attempt: number, moment: Moment): Job {
  // A redrive counts attempts from 1 again, but the step remembers that there were some.
  const isFirstAttempt = attempt === 1 && stepOf(job, stage).attempts === undefined;
  if (job.cancelRequested) return interrupt(job, 'cancelled', cancelled, moment, isFirstAttempt);
  if (isTerminal(job)) return reopen(job, moment);
  const step = stepOf(job, stage);
  const known =
    step.status === 'in-progress' && (step.attempts ?? 1) >= attempt && step.nextAttemptAt === undefined;
  if (known) return job;
  const { nextAttemptAt: _, ...rest } = step;
  const begun = {
    startedAt: moment.now.toISOString(),
    ...rest,
    status: 'in-progress' as const,
    ...atLeast(step, attempt),
  };
  return nextVersion({ ...job, status: 'processing', stage, steps: replaceStep(job.steps, begun) }, moment);
}

/** Ends a step and begins the next one, or ends the whole job, in the same change. */
function advance(job: Job, stage: string, end: Partial<Step>, moment: Moment): Job {
  const ended = replaceStep(job.steps, endOf(job, stage, end, moment.now));
  const next = ended.find((step) => step.status === 'pending');
  const { stage: _, cancelRequested, ...rest } = job;
  if (!next) return nextVersion({ ...rest, status: 'completed', steps: ended }, moment);
  const steps = replaceStep(ended, { ...next, status: 'in-progress', startedAt: moment.now.toISOString() });
  const flags = cancelRequested ? { cancelRequested } : {};
  return nextVersion({ ...rest, ...flags, status: 'processing', stage: next.name, steps }, moment);
}

function postpone(job: Job, event: JobEvent & { type: 'attempt-failed' }, moment: Moment): Job {
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
  return nextVersion({ ...job, steps: replaceStep(job.steps, waiting) }, moment);
}

function refuse(job: Job, stage: string, reason: Reason, end: Partial<Step>, moment: Moment): Job {
  if (rowOf(stage, moment.table)?.bestEffort)
    return advance(job, stage, { ...end, status: 'failed' }, moment);
  const steps = replaceStep(job.steps, endOf(job, stage, { ...end, status: 'failed' }, moment.now));
  const error = { ...reason, stage, redrivable: false };
  return conclude({ ...job, steps }, { status: 'failed', error }, moment);
}

function exhaust(job: Job, stage: string, reason: Reason, moment: Moment): Job {
  const row = rowOf(stage, moment.table);
  // Attempts that died before they could record anything were attempts too.
  const tried = atLeast(stepOf(job, stage), 1 + (row?.retry.maxRetries ?? 0));
  if (row?.bestEffort) return advance(job, stage, { status: 'failed', ...tried }, moment);
  // Asked for during the last attempt: there is no next one that would honour it.
  if (job.cancelRequested) {
    const steps = replaceStep(job.steps, { ...stepOf(job, stage), ...tried });
    return interrupt({ ...job, steps }, 'cancelled', cancelled, moment);
  }
  const steps = replaceStep(job.steps, endOf(job, stage, { status: 'failed', ...tried }, moment.now));
  return nextVersion(
    { ...job, stage, status: 'failed', steps, error: { ...reason, stage, redrivable: true } },
    moment,
  );
}

function requestCancel(job: Job, moment: Moment): Job {
  if (isTerminal(job)) return interrupt(job, 'cancelled', cancelled, moment);
  return job.cancelRequested || job.outcome ? job : { ...job, cancelRequested: true };
}

function reopen(job: Job, moment: Moment): Job {
  const { error, ...rest } = job;
  if (job.outcome) return nextVersion({ ...rest, status: 'processing' }, moment);
  const { completedAt: _, ...step } = stepOf(job, error?.stage ?? '');
  const again = { ...step, status: 'in-progress' as const, attempts: (step.attempts ?? 1) + 1 };
  return nextVersion(
    { ...rest, status: 'processing', stage: step.name, steps: replaceStep(job.steps, again) },
    moment,
  );
}
