import type { Job } from '../../domain/job/job.ts';
import type { Executions } from '../ports/executions.ts';
import { logger } from '../runtime/telemetry.ts';

/**
 * Starts the settlement execution of a job that is being undone and whose own execution has ended.
 *
 * @returns a function that never rejects: reconciliation starts a settlement that did not start
 */
export function createStartSettlement(executions: Pick<Executions, 'startSettlement'>) {
  return async (job: Job): Promise<void> => {
    try {
      await executions.startSettlement(job);
    } catch (error) {
      logger.error('Failed to start the settlement; reconciliation will start it', {
        jobId: job.jobId,
        error: error as Error,
      });
    }
  };
}
