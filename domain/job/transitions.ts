import { findStage, type StageTable, stages } from '../stages.ts';
import { dueStage, isRedrivable, isTerminal, type Job, type Outcome, type Reason, type Step } from './job.ts';
import {
  cancelRefusal,
  compensate,
  conclude,
  failCompensation,
  interrupt,
  nextCompensation,
} from './settlement.ts';
import { attemptsAtLeast, attemptsOf, endedStep, replaceStep, stepOf } from './steps.ts';
import { nextVersion, type TransitionContext, withEstimate } from './version.ts';

/** Everything that can happen to an accepted job. `attempt` counts from 1. */
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
  /** The execution ended without recording how: an operator stopped it, or it timed out. */
  | { readonly type: 'execution-ended'; readonly status: Outcome['status']; readonly reason: Reason }
  /** A failed job resumes at the stage that failed. */
  | { readonly type: 'redriven' }
  /** A stage has been undone. */
  | { readonly type: 'compensated'; readonly stage: string }
  /** A stage could not be undone, and the retries are used up. */
  | { readonly type: 'compensation-failed'; readonly reason: Reason };

/** What a new job is made of. */
export interface Acceptance {
  readonly jobId: string;
  readonly owner: string;
  readonly ticket: string;
  /** Days that the record is kept after acceptance. */
  readonly retentionDays: number;
  /** Whether a webhook is sent when the job ends. */
  readonly webhook?: boolean;
}

const cancelled: Reason = { code: 'cancelled', message: 'The order was cancelled at the owner’s request.' };

/** The job as accepted: queued, every step pending, version 1. */
export function acceptJob(acceptance: Acceptance, now: Date, table: StageTable = stages): Job {
  const { jobId, owner, ticket, retentionDays, webhook } = acceptance;
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
    ...(webhook && { webhook }),
  };
  return withEstimate(job, { now, table });
}

/**
 * The job after an event. `version` grows by one when clients can see the change; a request for cancellation becomes
 * visible only when it takes effect.
 *
 * @returns the same object when the event changes nothing (it is repeated, late, or the job has ended), so that callers
 * write only when the result is another object
 */
export function transition(job: Job, event: JobEvent, now: Date, table: StageTable = stages): Job {
  const context = { now, table };
  switch (event.type) {
    case 'stage-started':
      return dueStage(job) === event.stage ? start(job, event.stage, event.attempt, context) : job;
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
    case 'cancel-requested':
      return cancelRefusal(job, table) === undefined ? requestCancel(job, context) : job;
    case 'execution-ended':
      return isTerminal(job) || job.outcome ? job : interrupt(job, event.status, event.reason, context);
    case 'redriven':
      return isRedrivable(job) ? reopen(job, context) : job;
    case 'compensated':
      return nextCompensation(job, table) === event.stage ? compensate(job, event.stage, context) : job;
    case 'compensation-failed':
      return job.outcome && !isTerminal(job) ? failCompensation(job, event.reason, context) : job;
  }
}

/** Whether the job has reached the stage and is neither ended nor being undone. */
const isDue = (job: Job, stage: string): boolean => !isTerminal(job) && dueStage(job) === stage;

function start(job: Job, stage: string, attempt: number, context: TransitionContext): Job {
  // After a redrive the state machine counts attempts from 1 again; the step has the real number.
  const isFirstAttempt = attempt === 1 && stepOf(job, stage).attempts === undefined;
  if (job.cancelRequested) return interrupt(job, 'cancelled', cancelled, context, isFirstAttempt);
  if (isTerminal(job)) return reopen(job, context);
  const step = stepOf(job, stage);
  const known =
    step.status === 'in-progress' && (step.attempts ?? 1) >= attempt && step.nextAttemptAt === undefined;
  if (known) return job;
  const { nextAttemptAt: _, ...rest } = step;
  const begun = {
    startedAt: context.now.toISOString(),
    ...rest,
    status: 'in-progress' as const,
    ...attemptsAtLeast(step, attempt),
  };
  return nextVersion({ ...job, status: 'processing', stage, steps: replaceStep(job.steps, begun) }, context);
}

/** Ends a step and, in the same change, begins the next one or completes the job. */
function advance(job: Job, stage: string, end: Partial<Step>, context: TransitionContext): Job {
  const ended = replaceStep(job.steps, endedStep(job, stage, end, context.now));
  const next = ended.find((step) => step.status === 'pending');
  const { stage: _, cancelRequested, ...rest } = job;
  if (!next) return nextVersion({ ...rest, status: 'completed', steps: ended }, context);
  const steps = replaceStep(ended, { ...next, status: 'in-progress', startedAt: context.now.toISOString() });
  const flags = cancelRequested ? { cancelRequested } : {};
  return nextVersion({ ...rest, ...flags, status: 'processing', stage: next.name, steps }, context);
}

function awaitRetry(job: Job, event: JobEvent & { type: 'attempt-failed' }, context: TransitionContext): Job {
  const step = stepOf(job, event.stage);
  // A failure that is reported twice counts once.
  if (step.nextAttemptAt !== undefined && (step.attempts ?? 1) > event.attempt) return job;
  const attempts = Math.max(step.attempts ?? 1, event.attempt) + 1;
  const waiting = {
    ...step,
    status: 'in-progress' as const,
    attempts,
    nextAttemptAt: event.nextAttemptAt.toISOString(),
  };
  return nextVersion({ ...job, steps: replaceStep(job.steps, waiting) }, context);
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
  const steps = replaceStep(job.steps, endedStep(job, stage, { ...end, status: 'failed' }, context.now));
  const error = { ...reason, stage, redrivable: false };
  return conclude({ ...job, steps }, { status: 'failed', error }, context);
}

function exhaust(job: Job, stage: string, reason: Reason, context: TransitionContext): Job {
  const row = findStage(stage, context.table);
  // Attempts that crashed before they recorded anything count too.
  const tried = attemptsAtLeast(stepOf(job, stage), 1 + (row?.retry.maxRetries ?? 0));
  if (row?.bestEffort) return advance(job, stage, { status: 'failed', ...tried }, context);
  // Cancellation was requested during the last attempt, so no later attempt can act on it.
  if (job.cancelRequested) {
    const steps = replaceStep(job.steps, { ...stepOf(job, stage), ...tried });
    return interrupt({ ...job, steps }, 'cancelled', cancelled, context);
  }
  const steps = replaceStep(job.steps, endedStep(job, stage, { status: 'failed', ...tried }, context.now));
  return nextVersion(
    { ...job, stage, status: 'failed', steps, error: { ...reason, stage, redrivable: true } },
    context,
  );
}

function requestCancel(job: Job, context: TransitionContext): Job {
  if (isTerminal(job)) return interrupt(job, 'cancelled', cancelled, context);
  return job.cancelRequested || job.outcome ? job : { ...job, cancelRequested: true };
}

function reopen(job: Job, context: TransitionContext): Job {
  const { error, ...rest } = job;
  if (job.outcome) return nextVersion({ ...rest, status: 'processing' }, context);
  const { completedAt: _, ...step } = stepOf(job, error?.stage ?? '');
  const again = { ...step, status: 'in-progress' as const, attempts: (step.attempts ?? 1) + 1 };
  return nextVersion(
    { ...rest, status: 'processing', stage: step.name, steps: replaceStep(job.steps, again) },
    context,
  );
}
