import { isTerminal, type Job } from '../../domain/job/job.ts';
import { type JobEvent, transition } from '../../domain/job/transitions.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOpenJobs } from '../adapters/open-jobs.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExecutionStatus, Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { OpenJobs } from '../ports/open-jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger, metrics } from '../runtime/telemetry.ts';
import { createEnsureSettlement } from '../settlement/ensure-settlement.ts';

/** An EventBridge event: a status change of an execution, or the schedule, which names no execution. */
export interface ReconcileInput {
  readonly detail?: { readonly name?: string };
}

export interface ReconcilePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly openJobs: OpenJobs;
  readonly executions: Pick<Executions, 'start' | 'status'>;
  readonly ensureSettlement: ReturnType<typeof createEnsureSettlement>;
  readonly clock: Clock;
  /** How long a job may be inactive before the schedule checks it, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Brings a job in line with its execution. Status events are best effort and may be late, so they only name the job to
 * check; the status is read from the execution. The schedule checks every open job that has been inactive for a while.
 */
export function createReconcile(ports: ReconcilePorts) {
  const { jobs, executions, ensureSettlement, clock } = ports;

  return async ({ detail }: ReconcileInput): Promise<void> => {
    if (detail?.name !== undefined) {
      const job = await jobs.get(jobIdOf(detail.name));
      if (job) await reconcile(job);
      return;
    }
    const before = new Date(clock().getTime() - ports.patienceMs);
    const failures: unknown[] = [];
    for await (const jobId of ports.openJobs.listOpen(before)) {
      try {
        const job = await jobs.get(jobId);
        // DescribeExecution has a low rate limit, so it is called only for jobs that may be in trouble.
        if (job && lastActivity(job) < before.getTime()) await reconcile(job);
      } catch (error) {
        // The failure of one job must not affect the others.
        logger.error('Failed to reconcile a job', { jobId, error: error as Error });
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `Failed to reconcile ${failures.length} jobs.`);
  };

  async function reconcile(job: Job): Promise<void> {
    if (isTerminal(job)) return;
    const status = await executions.status(job.jobId);
    logger.info('Reconciling a job', { jobId: job.jobId, status: status ?? 'not started' });
    if (status === undefined) return executions.start(job.jobId);
    if (status === 'RUNNING') return;
    if (job.outcome) return ensureSettlement(job);

    const event = eventOf(status, job);
    const latest = await jobs.change(job, (current) => transition(current, event, clock()));
    if (latest.error?.redrivable) {
      metrics.addMetric('RedrivableFailure', 'Count', 1);
      metrics.publishStoredMetrics();
    }
    if (latest.outcome) await ensureSettlement(latest);
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
    const stage = job.stage ?? job.steps[0]?.name ?? '';
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

/** The name of a settlement execution starts with the job's id too. */
const jobIdOf = (executionName: string): string => executionName.split('.')[0] ?? executionName;

const environment = environmentOf('housekeeping/reconcile');
const jobs = createJobs({ table: environment.JOBS_TABLE });
const executions = createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN });
const clock = () => new Date();
export const handler = createReconcile({
  jobs,
  openJobs: createOpenJobs({ table: environment.JOBS_TABLE, openIndex: environment.OPEN_JOBS_INDEX }),
  executions,
  ensureSettlement: createEnsureSettlement({ jobs, executions, clock }),
  clock,
  patienceMs: environment.PATIENCE_SECONDS * 1000,
});
