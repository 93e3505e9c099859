import { daysAfter } from '../days-after.ts';
import { findStage, type StageTable, stages } from '../stages.ts';
import {
  dueStage,
  isRedrivable,
  isRedriveOverdue,
  isTerminal,
  isUndone,
  type Job,
  type Outcome,
  type Reason,
  type Step,
} from './job.ts';
import { followPlan } from './plan.ts';
import {
  cancelRefusal,
  compensate,
  conclude,
  failCompensation,
  interrupt,
  nextCompensation,
  redrivableUntil,
} from './settlement.ts';
import { attemptsAtLeast, attemptsOf, begunStep, endedStep, replaceStep, stepOf } from './steps.ts';
import { nextVersion, type TransitionContext, withEstimate } from './version.ts';

/** Everything that can happen to an accepted job. `attempt` counts from 1. */
export type JobEvent =
  | {
      readonly type: 'stage-started';
      readonly stage: string;
      readonly attempt: number;
      /** The stages of the execution's definition, in order. */
      readonly plan?: readonly string[] | undefined;
    }
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
  /** A best-effort stage whose retries are used up; the execution goes on without it. */
  | { readonly type: 'stage-skipped'; readonly stage: string; readonly plan?: readonly string[] | undefined }
  /** The owner asks for cancellation. */
  | { readonly type: 'cancel-requested' }
  /** The execution ended without recording how: an operator stopped it, or it timed out. */
  | { readonly type: 'execution-ended'; readonly status: Outcome['status']; readonly reason: Reason }
  /** A failed job resumes at the stage that failed. */
  | { readonly type: 'redriven' }
  /** A failure has waited for a redrive for as long as it may. */
  | { readonly type: 'redrive-expired' }
  /** A stage has been undone. */
  | { readonly type: 'compensated'; readonly stage: string }
  /** A stage could not be undone, and the retries are used up. */
  | { readonly type: 'compensation-failed'; readonly reason: Reason };

/** What a new job is made of. */
export interface Acceptance {
  readonly jobId: string;
  readonly owner: string;
  readonly ticket: string;
  /** Days that the record is kept after its last change. */
  readonly retentionDays: number;
  /** Seconds that a failure waits for a redrive. */
  readonly redriveSeconds: number;
  /** Whether a webhook is sent when the job ends. */
  readonly webhook?: boolean;
}

const cancelled: Reason = { code: 'cancelled', message: 'The order was cancelled at the owner’s request.' };

/** The job as accepted: queued, every step pending, version 1. */
export function acceptJob(acceptance: Acceptance, now: Date, table: StageTable = stages): Job {
  const { jobId, owner, ticket, retentionDays, redriveSeconds, webhook } = acceptance;
  const job: Job = {
    jobId,
    owner,
    ticket,
    status: 'queued',
    version: 1,
    steps: table.map((stage) => ({ name: stage.name, status: 'pending' })),
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    expiresAt: daysAfter(now, retentionDays).toISOString(),
    retentionDays,
    redriveSeconds,
    ...(webhook && { webhook }),
  };
  return withEstimate(job, { now, table });
}

/**
 * The job after an event. `version` grows by one when clients can see the change.
 *
 * @returns the same object when the event changes nothing (it is repeated, late, or the job has ended), so that callers
 * write only when the result is another object
 */
export function transition(job: Job, event: JobEvent, now: Date, table: StageTable = stages): Job {
  const context = { now, table };
  switch (event.type) {
    case 'stage-started':
      return start(job, event, context);
    case 'stage-completed':
      return isDue(job, event.stage)
        ? advance(job, event.stage, { status: 'completed', ...attemptsOf(event.attempt) }, context)
        : job;
    case 'attempt-failed':
      return isDue(job, event.stage) ? awaitRetry(job, event, context) : job;
    case 'stage-refused':
      return isDue(job, event.stage)
        ? refuse(job, event.stage, event.reason, attemptsOf(event.attempt), context)
        : job;
    case 'stage-exhausted':
      return isDue(job, event.stage) ? exhaust(job, event.stage, event.reason, context) : job;
    case 'stage-skipped':
      return skip(job, event.stage, event.plan, context);
    case 'cancel-requested':
      return cancelRefusal(job, table) === undefined ? requestCancel(job, context) : job;
    case 'execution-ended':
      if (isTerminal(job) || job.outcome) return job;
      return job.cancelling
        ? interrupt(job, 'cancelled', cancelled, context)
        : interrupt(job, event.status, event.reason, context);
    case 'redriven':
      return isRedrivable(job) ? nextVersion(reopen(job, context), context) : job;
    case 'redrive-expired':
      return isRedriveOverdue(job, now) ? expireRedrive(job, context) : job;
    case 'compensated':
      return nextCompensation(job, table)?.name === event.stage ? compensate(job, event.stage, context) : job;
    case 'compensation-failed':
      return job.outcome && !isTerminal(job) ? failCompensation(job, event.reason, context) : job;
  }
}

/** Whether the job has reached the stage and is neither ended nor being undone. */
const isDue = (job: Job, stage: string): boolean => !isTerminal(job) && dueStage(job) === stage;

function start(
  job: Job,
  { stage, attempt, plan }: JobEvent & { type: 'stage-started' },
  context: TransitionContext,
): Job {
  if (dueStage(job) === undefined) return job;
  const planned = followPlan(job, plan);
  if (dueStage(planned) !== stage) return planned === job ? job : nextVersion(planned, context);
  // After a redrive the state machine counts attempts from 1 again; the step has the real number.
  const isFirstAttempt = attempt === 1 && stepOf(planned, stage).attempts === undefined;
  if (job.cancelling) return interrupt(planned, 'cancelled', cancelled, context, isFirstAttempt);

  const open = isTerminal(planned) ? reopen(planned, context) : planned;
  const { nextAttemptAt, ...step } = stepOf(open, stage);
  const begun = { ...begunStep(step, context), ...attemptsAtLeast(step, attempt) };
  const isKnown =
    open === job &&
    step.status === 'in-progress' &&
    nextAttemptAt === undefined &&
    step.attempts === begun.attempts &&
    step.compensation === begun.compensation;
  if (isKnown) return job;
  return nextVersion(
    { ...open, status: 'processing', stage, steps: replaceStep(open.steps, begun) },
    context,
  );
}

/** Ends a step and, in the same change, begins the next one or completes the job. Cancellation takes effect here too. */
function advance(job: Job, stage: string, end: Partial<Step>, context: TransitionContext): Job {
  const steps = replaceStep(job.steps, endedStep(job, stage, end, context));
  if (job.cancelling) return conclude({ ...job, steps }, cancelledAt(stage), context);
  const next = steps.find(isUndone);
  const { stage: _, ...rest } = job;
  if (!next) return nextVersion({ ...rest, status: 'completed', steps }, context);
  const begun = replaceStep(steps, begunStep(next, context));
  return nextVersion({ ...rest, status: 'processing', stage: next.name, steps: begun }, context);
}

function awaitRetry(job: Job, event: JobEvent & { type: 'attempt-failed' }, context: TransitionContext): Job {
  const step = stepOf(job, event.stage);
  // A failure that is reported twice counts once.
  if (step.nextAttemptAt !== undefined && (step.attempts ?? 1) > event.attempt) return job;
  const attempts = Math.max(step.attempts ?? 1, event.attempt) + 1;
  const waiting = {
    ...begunStep(step, context),
    attempts,
    nextAttemptAt: event.nextAttemptAt.toISOString(),
  };
  const steps = replaceStep(job.steps, waiting);
  return nextVersion({ ...job, status: 'processing', stage: event.stage, steps }, context);
}

function refuse(
  job: Job,
  stage: string,
  reason: Reason,
  end: Partial<Step>,
  context: TransitionContext,
): Job {
  if (findStage(stage, context.table)?.bestEffort)
    return advance(job, stage, { ...end, status: 'failed' }, context);
  const steps = replaceStep(job.steps, endedStep(job, stage, { ...end, status: 'failed' }, context));
  const error = { ...reason, stage, redrivable: false };
  return conclude(
    { ...job, steps },
    job.cancelling ? cancelledAt(stage) : { status: 'failed', error },
    context,
  );
}

function exhaust(job: Job, stage: string, reason: Reason, context: TransitionContext): Job {
  const tried = exhaustedAttempts(job, stage, context);
  if (findStage(stage, context.table)?.bestEffort)
    return advance(job, stage, { status: 'failed', ...tried }, context);
  // Cancellation was requested during the last attempt, so no later attempt can act on it.
  if (job.cancelling) {
    const steps = replaceStep(job.steps, { ...stepOf(job, stage), ...tried });
    return interrupt({ ...job, steps }, 'cancelled', cancelled, context);
  }
  const steps = replaceStep(job.steps, endedStep(job, stage, { status: 'failed', ...tried }, context));
  const until = redrivableUntil(job, context.now);
  const error = { ...reason, stage, redrivable: true, redrivableUntil: until };
  return nextVersion({ ...job, stage, status: 'failed', steps, error }, context);
}

function skip(job: Job, stage: string, plan: readonly string[] | undefined, context: TransitionContext): Job {
  if (dueStage(job) === undefined) return job;
  const planned = followPlan(job, plan);
  if (!isDue(planned, stage)) return job;
  return advance(
    planned,
    stage,
    { status: 'failed', ...exhaustedAttempts(planned, stage, context) },
    context,
  );
}

/** Attempts of a stage whose retries are used up. Attempts that crashed before they recorded anything count too. */
const exhaustedAttempts = (job: Job, stage: string, { table }: TransitionContext): Partial<Step> =>
  attemptsAtLeast(stepOf(job, stage), 1 + (findStage(stage, table)?.retry.maxRetries ?? 0));

function requestCancel(job: Job, context: TransitionContext): Job {
  if (isRedrivable(job)) return interrupt(job, 'cancelled', cancelled, context);
  return isTerminal(job) || job.outcome || job.cancelling
    ? job
    : nextVersion({ ...job, cancelling: true }, context);
}

/** The failed job in progress again: at the stage that failed, or in the next execution of its settlement. */
function reopen({ error, ...job }: Job, context: TransitionContext): Job {
  const reopened: Job = { ...job, status: 'processing', redriven: true };
  if (job.outcome) {
    const cancelling = job.outcome.status === 'cancelled' && { cancelling: true as const };
    return { ...reopened, ...cancelling, settlement: (job.settlement ?? 1) + 1 };
  }
  const { completedAt: _, ...step } = stepOf(job, error?.stage ?? '');
  const again = { ...begunStep(step, context), attempts: (step.attempts ?? 1) + 1 };
  return { ...reopened, stage: step.name, steps: replaceStep(job.steps, again) };
}

/** Undoes a failed job for good. If undoing it failed before, that is tried again. */
function expireRedrive(job: Job, context: TransitionContext): Job {
  if (job.outcome) return nextVersion(reopen(job, context), context);
  const { code = '', message = '' } = job.error ?? {};
  return interrupt(job, 'failed', { code, message }, context);
}

const cancelledAt = (stage: string): Outcome => ({
  status: 'cancelled',
  error: { ...cancelled, stage, redrivable: false },
});
