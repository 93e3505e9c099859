import type { Job } from '../../domain/job/job.ts';
import { cancelRefusal } from '../../domain/job/settlement.ts';
import { transition } from '../../domain/job/transitions.ts';
import { CannotCancel } from '../../domain/protocol/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import { logger } from '../runtime/telemetry.ts';
import { createStartSettlement } from '../settlement/start-settlement.ts';

export interface CancelJobPorts {
  readonly jobs: Pick<Jobs, 'change'>;
  readonly executions: Pick<Executions, 'startSettlement'>;
  readonly clock: Clock;
}

/**
 * Requests cancellation, which takes effect when the stage in progress, or its pause before the next attempt, ends. A
 * failed job that waits for a redrive is not in progress, so an execution of its own settles it. If that execution does
 * not start, reconciliation starts it. A job that was cancelled before stays as it is.
 *
 * @returns a function that returns the job as stored
 * @throws CannotCancel with the reason
 */
export function createCancelJob({ jobs, executions, clock }: CancelJobPorts) {
  const startSettlement = createStartSettlement(executions);

  return async (found: Job): Promise<Job> => {
    const job = await jobs.change(found, (current) => {
      const refusal = cancelRefusal(current);
      if (refusal) throw new CannotCancel(refusal);
      return transition(current, { type: 'cancel-requested' }, clock());
    });
    if (job.outcome && !found.outcome) await startSettlement(job);
    logger.info('Cancellation requested', { jobId: job.jobId });
    return job;
  };
}
