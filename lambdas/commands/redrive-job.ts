import { isRedrivable, isRedriveOverdue, type Job } from '../../domain/job/job.ts';
import { transition } from '../../domain/job/transitions.ts';
import { CannotRedrive } from '../../domain/protocol/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import { logger } from '../runtime/telemetry.ts';
import { createStartSettlement } from '../settlement/start-settlement.ts';

export interface RedriveJobPorts {
  readonly jobs: Pick<Jobs, 'change'>;
  readonly executions: Pick<Executions, 'redrive' | 'startSettlement'>;
  readonly clock: Clock;
}

/**
 * Resumes a redrivable job at the stage that failed. The execution is redriven first, because its stage reopens the job
 * anyway; that is also how a redrive in the Step Functions console works. A job whose undoing failed gets another
 * settlement execution. A job that was redriven and has not failed again stays as it is.
 *
 * @returns a function that returns the job as stored
 * @throws CannotRedrive with the reason
 */
export function createRedriveJob({ jobs, executions, clock }: RedriveJobPorts) {
  const startSettlement = createStartSettlement(executions);

  return async (found: Job): Promise<Job> => {
    const job = isRedrivable(found) ? await redrive(found) : found;
    if (!job.redriven || job.status === 'failed' || job.status === 'cancelled')
      throw new CannotRedrive(`Only a redrivable failure can be redriven; the job is ${job.status}.`);
    logger.info('Job redriven', { jobId: job.jobId });
    return job;
  };

  async function redrive(failed: Job): Promise<Job> {
    if (isRedriveOverdue(failed, clock()))
      throw new CannotRedrive('The failure is final: the time for a redrive has passed.');
    if (!failed.outcome && !(await executions.redrive(failed.jobId)))
      throw new CannotRedrive('The execution is too old to be redriven.');

    const job = await jobs.change(failed, (current) => transition(current, { type: 'redriven' }, clock()));
    if (job.outcome) await startSettlement(job);
    return job;
  }
}
