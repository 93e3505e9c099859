import type { Context } from 'aws-lambda';
import {
  dueStage,
  isRedrivable,
  isRedriveOverdue,
  isTerminal,
  type Job,
  orderIdOf,
} from '../../domain/job/job.ts';
import { type JobEvent, transition } from '../../domain/job/transitions.ts';
import { longestPauseSeconds, type StageTable, stages } from '../../domain/stages.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOpenJobs } from '../adapters/open-jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExecutionStatus, Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { OpenJobs, RedrivableJob } from '../ports/open-jobs.ts';
import type { Orders } from '../ports/orders.ts';
import { environmentOf } from '../runtime/environment.ts';
import { measure } from '../runtime/measure.ts';
import { logger } from '../runtime/telemetry.ts';
import { withRequestId } from '../runtime/with-request-id.ts';
import { createEnsureSettlement } from '../settlement/ensure-settlement.ts';

/** An EventBridge event: a status change of an execution, or the schedule, which names no execution. */
export interface ReconcileInput {
  readonly detail?: { readonly name?: string };
}

export interface ReconcilePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly openJobs: OpenJobs;
  readonly orders: Pick<Orders, 'keep'>;
  readonly executions: Pick<Executions, 'start' | 'status' | 'awaitedRetry'>;
  readonly ensureSettlement: ReturnType<typeof createEnsureSettlement>;
  readonly clock: Clock;
  /** How long a job may be inactive before the schedule checks it, in milliseconds. */
  readonly patienceMs: number;
  readonly table?: StageTable;
}

/** Time that a sweep leaves unused, in milliseconds: enough to end a start that is throttled, and to write its metrics. */
const reserveMs = 20_000;

/**
 * Brings a job in line with its execution. Status events are best effort and may be late, so they only name the job to
 * check; the status is read from the execution. The schedule checks every open job that has been inactive for a while,
 * and undoes the failures that have waited for a redrive for as long as they may.
 */
export function createReconcile(ports: ReconcilePorts) {
  const { jobs, orders, executions, ensureSettlement, clock, table = stages } = ports;

  return async ({ detail }: ReconcileInput, context?: Partial<Context>): Promise<void> => {
    if (detail?.name !== undefined) {
      const job = await jobs.get(jobIdOf(detail.name));
      if (job) await reconcile(job);
      return;
    }
    await measureRedrivable();
    await sweep(() => (context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) > reserveMs);
  };

  async function sweep(hasTime: () => boolean): Promise<void> {
    const now = clock().getTime();
    const before = new Date(now - ports.patienceMs);
    const failures: unknown[] = [];
    let backlog = 0;
    let oldestQueued = now;
    const sweepPart = async (part: AsyncIterable<string>) => {
      for await (const jobId of part) {
        if (!hasTime()) return;
        backlog += 1;
        try {
          const job = await jobs.get(jobId);
          if (job?.status === 'queued') oldestQueued = Math.min(oldestQueued, Date.parse(job.createdAt));
          // DescribeExecution has a low rate limit, so it is called only for jobs that may be in trouble.
          if (job && lastActivity(job) < before.getTime()) await reconcile(job);
        } catch (error) {
          // The failure of one job must not affect the others.
          logger.error('Failed to reconcile a job', { jobId, error: error as Error });
          failures.push(error);
        }
      }
    };
    await Promise.all(ports.openJobs.listOpen(before).map(sweepPart));
    if (!hasTime()) logger.warn('The sweep ran out of time; the next one goes on', { backlog });
    measure('SweepBacklog', backlog);
    measure('OldestQueuedJob', (now - oldestQueued) / 1000);
    if (failures.length > 0)
      throw new AggregateError(failures, `Failed to reconcile ${failures.length} jobs.`);
  }

  async function measureRedrivable(): Promise<void> {
    const now = clock();
    let count = 0;
    // The failure that expires first has waited longest, but for jobs from before `redriveMinutes` was changed.
    let first: RedrivableJob | undefined;
    for await (const waiting of ports.openJobs.listRedrivable(now)) {
      count += 1;
      if (first === undefined || waiting.until < first.until) first = waiting;
    }
    const job = first && (await jobs.get(first.jobId));
    // The index may lag behind the job. Nothing but its failure has changed a job that waits.
    const since = job && isRedrivable(job) ? Date.parse(job.updatedAt) : now.getTime();
    measure('RedrivableJobs', count);
    measure('RedrivableAge', (now.getTime() - since) / 1000);
  }

  async function reconcile(job: Job): Promise<void> {
    if (isTerminal(job)) return isRedriveOverdue(job, clock()) ? expire(job) : undefined;
    if (job.status === 'queued' && (await begins(job))) return;
    const status = await executions.status(job.jobId);
    logger.info('Reconciling a job', { jobId: job.jobId, status: status ?? 'not started' });
    if (status === undefined) return void (await executions.start(job.jobId));
    if (status === 'RUNNING') return showRetry(job);
    if (job.outcome) return settle(job);

    const latest = await record(job, eventOf(status, job));
    if (isRedrivable(latest)) {
      await keepOrder(latest);
      measure('RedrivableFailure', 1);
    }
    if (latest.outcome) await settle(latest);
  }

  /**
   * Starts a job that may never have been started, without DescribeExecution: a backlog is to be started as fast as
   * StartExecution takes it.
   *
   * @returns whether its execution begins now, or began only just now
   */
  async function begins({ jobId }: Job): Promise<boolean> {
    logger.info('Starting a job that has not begun', { jobId });
    const begun = await executions.start(jobId);
    return begun !== undefined && begun.getTime() >= clock().getTime() - ports.patienceMs;
  }

  /** Undoes a job that nobody redrove in time. */
  async function expire(job: Job): Promise<void> {
    logger.warn('Undoing a job that was not redriven in time', { jobId: job.jobId });
    const latest = await record(job, { type: 'redrive-expired' });
    measure('RedriveExpired', 1);
    if (latest.outcome) await settle(latest);
  }

  async function settle(job: Job): Promise<void> {
    const latest = await ensureSettlement(job);
    if (isRedrivable(latest)) await keepOrder(latest);
  }

  /** A redrive and a compensation need the order, which would otherwise expire as a submission. */
  function keepOrder({ jobId, expiresAt }: Job): Promise<void> {
    return orders.keep(orderIdOf(jobId), new Date(expiresAt));
  }

  /** Shows that a stage is being retried whose function could not be invoked and therefore recorded nothing. */
  async function showRetry(job: Job): Promise<void> {
    const retry = await executions.awaitedRetry(job.jobId);
    const stage = retry && table.find(({ state }) => state === retry.state);
    if (!stage || stage.name !== dueStage(job)) return;
    const pause = longestPauseSeconds(stage.retry, retry.attempts - 1) ?? 0;
    const nextAttemptAt = new Date(Math.max(retry.failedAt.getTime() + pause * 1000, clock().getTime()));
    const event = {
      type: 'attempt-failed',
      stage: stage.name,
      attempt: retry.attempts,
      nextAttemptAt,
    } as const;
    // If the job has changed since it was read, its stage's function works and records by itself.
    await jobs.change(job, (current) =>
      current.version === job.version ? transition(current, event, clock(), table) : current,
    );
  }

  function record(job: Job, event: JobEvent): Promise<Job> {
    return jobs.change(job, (current) => transition(current, event, clock(), table));
  }
}

/** How a job ends whose execution ended without recording it. */
const endings = {
  ABORTED: ['cancelled', 'stopped', 'An operator stopped the processing of the order.'],
  TIMED_OUT: ['failed', 'timed_out', 'The processing of the order took too long.'],
  SUCCEEDED: ['failed', 'processing_lost', 'The processing of the order ended without a result.'],
} as const;

function eventOf(execution: Exclude<ExecutionStatus, 'RUNNING'>, job: Job): JobEvent {
  if (execution === 'FAILED') {
    const stage = dueStage(job) ?? '';
    const message = `Stage ${stage} failed for technical reasons and its retries are used up.`;
    return { type: 'stage-exhausted', stage, reason: { code: 'stage_failed', message } };
  }
  const [status, code, message] = endings[execution];
  return { type: 'execution-ended', status, reason: { code, message } };
}

/** When the job last changed, or when its next attempt is due, in milliseconds since the epoch. */
const lastActivity = ({ updatedAt, steps }: Job): number =>
  Math.max(
    Date.parse(updatedAt),
    ...steps.map(({ nextAttemptAt }) => Date.parse(nextAttemptAt ?? updatedAt)),
  );

/** The name of a settlement execution starts with the job's id, a UUID, too. */
const jobIdOf = (executionName: string): string => executionName.slice(0, 36);

const environment = environmentOf('housekeeping/reconcile');
const jobs = createJobs({ table: environment.JOBS_TABLE });
const executions = createExecutions({
  stateMachineArn: environment.STATE_MACHINE_ARN,
  whenThrottled: 'pace',
});
const clock = () => new Date();
export const handler = withRequestId(
  createReconcile({
    jobs,
    orders: createOrders({ table: environment.ORDERS_TABLE }),
    openJobs: createOpenJobs({ table: environment.JOBS_TABLE, openIndex: environment.OPEN_JOBS_INDEX }),
    executions,
    ensureSettlement: createEnsureSettlement({ jobs, executions, clock }),
    clock,
    patienceMs: environment.PATIENCE_SECONDS * 1000,
  }),
);
