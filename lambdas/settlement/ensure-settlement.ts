import type { Job } from '../../domain/job/job.ts';
import { transition } from '../../domain/job/transitions.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import { logger, metrics } from '../runtime/telemetry.ts';

export interface EnsureSettlementPorts {
  readonly jobs: Pick<Jobs, 'change'>;
  readonly executions: Pick<Executions, 'startSettlement' | 'settlementStatus'>;
  readonly clock: Clock;
}

/**
 * Makes sure that a job whose own execution has ended is settled. An execution of its own does that, with all retries:
 * starts it if there is none, and records the failure if it has failed.
 *
 * @returns a function that returns the job as stored
 */
export function createEnsureSettlement({ jobs, executions, clock }: EnsureSettlementPorts) {
  return async (job: Job): Promise<Job> => {
    const { jobId } = job;
    const status = await executions.settlementStatus(job);
    if (status === undefined) await executions.startSettlement(job);
    if (status === undefined || status === 'RUNNING') return job;
    logger.error('Failed to undo a job', { jobId, status });
    metrics.addMetric('CompensationFailed', 'Count', 1);
    metrics.publishStoredMetrics();
    const reason = {
      code: 'compensation_failed',
      message: 'The order failed and could not be undone; we are looking into it.',
    };
    return jobs.change(job, (current) =>
      transition(current, { type: 'compensation-failed', reason }, clock()),
    );
  };
}
