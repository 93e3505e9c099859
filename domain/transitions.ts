import { estimateCompletion } from './estimate.ts';
import { isTerminal, type Job, type Step } from './job.ts';
import { type StageTable, stages } from './stages.ts';

/** What can happen to a job after it was accepted. `attempt` counts from 1. */
export type JobEvent =
  | { readonly type: 'stage-started'; readonly stage: string; readonly attempt: number }
  | { readonly type: 'stage-completed'; readonly stage: string; readonly attempt: number }
  /** A business failure: final, never retried. */
  | {
      readonly type: 'stage-refused';
      readonly stage: string;
      readonly attempt: number;
      readonly reason: Reason;
    }
  /** A technical failure whose retries are used up. */
  | { readonly type: 'stage-exhausted'; readonly stage: string; readonly reason: Reason };

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
}

/** The job as accepted: queued, every step pending, version 1. */
export function acceptJob(acceptance: Acceptance, now: Date, table: StageTable = stages): Job {
  const { jobId, owner, ticket, retentionDays } = acceptance;
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
  };
  return withEstimate(job, now, table);
}

/**
 * The job after an event. The same object comes back when the event is no news (repeated, late, or for a terminal
 * job), so a caller writes exactly when the result differs, and `version` has then grown by one.
 */
export function transition(job: Job, event: JobEvent, now: Date, table: StageTable = stages): Job {
  if (isTerminal(job) || !isDue(job, event.stage)) return job;
  switch (event.type) {
    case 'stage-started':
      return start(job, event.stage, event.attempt, now, table);
    case 'stage-completed':
      return advance(job, event.stage, { status: 'completed', ...attempts(event.attempt) }, now, table);
    case 'stage-refused':
      return giveUp(job, event.stage, event.reason, attempts(event.attempt), now, table);
    case 'stage-exhausted':
      return giveUp(job, event.stage, event.reason, {}, now, table);
  }
}

/** Whether a stage is the one to work on: every step before it is done, and it is not. */
export function isDue(job: Job, stage: string): boolean {
  return job.steps.find((step) => step.status === 'pending' || step.status === 'in-progress')?.name === stage;
}

function start(job: Job, stage: string, attempt: number, now: Date, table: StageTable): Job {
  const step = job.steps.find((candidate) => candidate.name === stage);
  const known = step?.status === 'in-progress' && (step.attempts ?? 1) >= attempt;
  if (known) return job;
  const startedAt = step?.startedAt ?? now.toISOString();
  const steps = withStep(job.steps, stage, { status: 'in-progress', startedAt, ...attempts(attempt) });
  return changed({ ...job, status: 'processing', stage, steps }, now, table);
}

/** Ends a step and begins the next one, or the whole job, in the same change. */
function advance(job: Job, stage: string, end: Partial<Step>, now: Date, table: StageTable): Job {
  const at = now.toISOString();
  const ended = withStep(job.steps, stage, { startedAt: at, ...stepOf(job, stage), ...end, completedAt: at });
  const next = ended.find((step) => step.status === 'pending')?.name;
  const { stage: _, ...rest } = job;
  if (next === undefined) return changed({ ...rest, status: 'completed', steps: ended }, now, table);
  const steps = withStep(ended, next, { status: 'in-progress', startedAt: at });
  return changed({ ...rest, status: 'processing', stage: next, steps }, now, table);
}

function giveUp(
  job: Job,
  stage: string,
  reason: Reason,
  end: Partial<Step>,
  now: Date,
  table: StageTable,
): Job {
  if (table.find((row) => row.name === stage)?.bestEffort) {
    return advance(job, stage, { ...end, status: 'failed' }, now, table);
  }
  const at = now.toISOString();
  const steps = withStep(job.steps, stage, {
    startedAt: at,
    ...stepOf(job, stage),
    ...end,
    status: 'failed',
    completedAt: at,
  }).map((step) => (step.status === 'pending' ? { ...step, status: 'skipped' as const } : step));
  const error = { ...reason, stage, redrivable: false };
  return changed({ ...job, status: 'failed', stage, steps, error }, now, table);
}

const attempts = (attempt: number): Partial<Step> => (attempt > 1 ? { attempts: attempt } : {});

const stepOf = (job: Job, stage: string): Partial<Step> =>
  job.steps.find((step) => step.name === stage) ?? {};

const withStep = (steps: readonly Step[], stage: string, change: Partial<Step>): readonly Step[] =>
  steps.map((step) => (step.name === stage ? { ...step, ...change } : step));

function changed(job: Job, now: Date, table: StageTable): Job {
  return withEstimate({ ...job, version: job.version + 1, updatedAt: now.toISOString() }, now, table);
}

function withEstimate({ estimatedCompletion: _, ...job }: Job, now: Date, table: StageTable): Job {
  const estimatedCompletion = estimateCompletion(job, now, table);
  return estimatedCompletion === undefined ? job : { ...job, estimatedCompletion };
}
