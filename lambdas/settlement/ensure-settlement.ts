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
 */
export function createEnsureSettlement({ jobs, executions, clock }: EnsureSettlementPorts) {
  return async (job: Job): Promise<void> => {
    const { jobId } = job;
    const status = await executions.settlementStatus(jobId);
    if (status === undefined) return executions.startSettlement(jobId);
    if (status === 'RUNNING') return;
    logger.error('Failed to undo a job', { jobId, status });
    metrics.addMetric('CompensationFailed', 'Count', 1);
    metrics.publishStoredMetrics();
    const reason = {
      code: 'compensation_failed',
      message: 'The order failed and could not be undone; we are looking into it.',
    };
    await jobs.change(job, (current) =>
      transition(current, { type: 'compensation-failed', reason }, clock()),
    );
  };
}
