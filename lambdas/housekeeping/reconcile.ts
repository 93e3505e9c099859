import { isTerminal, type Job } from '../../domain/job/job.ts';
import { type JobEvent, transition } from '../../domain/job/transitions.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Clock, ExecutionStatus, Executions, Jobs } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger, metrics } from '../runtime/telemetry.ts';

/** An EventBridge event about an execution, or the schedule's, which names none. */
export interface ReconcileInput {
  readonly detail?: { readonly name?: string };
}

export interface ReconcilePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change' | 'listOpen'>;
  readonly executions: Executions;
  readonly clock: Clock;
  /** How long nothing may happen to a job before the schedule looks after it, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Brings a job in line with its execution, whatever became of that. Status events are best effort and late, so they
 * only say where to look: the execution is asked. The schedule looks after every open job to which nothing has happened
 * for a while.
 */
export function createReconcile({ jobs, executions, clock, patienceMs }: ReconcilePorts) {
  return async ({ detail }: ReconcileInput): Promise<void> => {
    if (detail?.name !== undefined) {
      const job = await jobs.get(jobIdOf(detail.name));
      if (job) await reconcile(job);
      return;
    }
    const before = new Date(clock().getTime() - patienceMs);
    const failures: unknown[] = [];
    for await (const jobId of jobs.listOpen(before)) {
      try {
        const job = await jobs.get(jobId);
        // Step Functions answers few DescribeExecution calls a second: they are for jobs that may be in trouble.
        if (job && lastSign(job) < before.getTime()) await reconcile(job);
      } catch (error) {
        // One job's trouble is not the next one's.
        logger.error('A job could not be reconciled', { jobId, error: error as Error });
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} jobs could not be reconciled.`);
  };

  async function reconcile(job: Job): Promise<void> {
    if (isTerminal(job)) return;
    const status = await executions.status(job.jobId);
    logger.info('Reconciling', { jobId: job.jobId, status: status ?? 'not started' });
    if (status === undefined) return executions.start(job.jobId);
    if (status === 'RUNNING') return;
    if (job.outcome) return settle(job);

    const event = eventOf(status, job);
    const latest = await record(job, event);
    if (latest.error?.redrivable) {
      metrics.addMetric('RedrivableFailure', 'Count', 1);
      metrics.publishStoredMetrics();
    }
    if (latest.outcome) await settle(latest);
  }

  /** What has to be undone is undone by an execution of its own, with all its retries. */
  async function settle(job: Job): Promise<void> {
    const status = await executions.settlementStatus(job.jobId);
    if (status === undefined) return executions.settle(job.jobId);
    if (status === 'RUNNING') return;
    logger.error('What a job did could not be undone', { jobId: job.jobId, status });
    metrics.addMetric('CompensationFailed', 'Count', 1);
    metrics.publishStoredMetrics();
    await record(job, {
      type: 'compensation-failed',
      reason: {
        code: 'compensation_failed',
        message: 'The order failed and could not be undone; we are looking into it.',
      },
    });
  }

  function record(job: Job, event: JobEvent): Promise<Job> {
    return jobs.change(job, (current) => transition(current, event, clock()));
  }
}

function eventOf(status: Exclude<ExecutionStatus, 'RUNNING'>, job: Job): JobEvent {
  const stage = job.stage ?? job.steps[0]?.name ?? '';
  switch (status) {
    case 'FAILED':
      return {
        type: 'stage-exhausted',
        stage,
        reason: {
          code: 'stage_failed',
          message: `The stage ${stage} failed for technical reasons, again and again.`,
        },
      };
    case 'ABORTED':
      return {
        type: 'execution-ended',
        status: 'cancelled',
        reason: { code: 'stopped', message: 'The processing of the order was stopped by an operator.' },
      };
    case 'TIMED_OUT':
      return {
        type: 'execution-ended',
        status: 'failed',
        reason: { code: 'timed_out', message: 'The processing of the order took too long.' },
      };
    case 'SUCCEEDED':
      return {
        type: 'execution-ended',
        status: 'failed',
        reason: { code: 'processing_lost', message: 'The processing of the order ended without a result.' },
      };
  }
}

/** When a job last changed, or will be worked on again, in epoch milliseconds. */
const lastSign = ({ updatedAt, steps }: Job): number =>
  Math.max(
    Date.parse(updatedAt),
    ...steps.map(({ nextAttemptAt }) => Date.parse(nextAttemptAt ?? updatedAt)),
  );

/** A settlement's execution is named after its job too. */
const jobIdOf = (executionName: string): string => executionName.split('.')[0] ?? executionName;

const environment = environmentOf('reconcile');
export const handler = createReconcile({
  jobs: createJobs({ table: environment.JOBS_TABLE, openIndex: environment.OPEN_JOBS_INDEX }),
  executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
  clock: () => new Date(),
  patienceMs: environment.PATIENCE_SECONDS * 1000,
});
