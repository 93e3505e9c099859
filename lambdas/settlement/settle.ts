import type { Job } from '../../domain/job/job.ts';
import { transition } from '../../domain/job/transitions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import type { Clock } from '../ports/clock.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';
import { createPayments } from '../wiring/payments.ts';
import { createCompensate } from './compensate.ts';
import { createCompensations } from './compensations.ts';

/** Input of the function: the job, and the error that the state machine caught. */
export interface SettleInput {
  readonly jobId: string;
  readonly failure: { readonly Error: string; readonly Cause?: string };
  /** The best-effort stage to skip; absent when the order ends. */
  readonly skip?: string;
  /** The stages of the execution's definition, in order. */
  readonly stages?: readonly string[];
}

export interface SettlePorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly compensate: ReturnType<typeof createCompensate>;
  readonly clock: Clock;
}

/**
 * Settles a job whose stage did not succeed: undoes what was done, or skips a best-effort stage whose retries are used
 * up.
 */
export function createSettle({ jobs, compensate, clock }: SettlePorts) {
  return async ({ jobId, failure, skip, stages }: SettleInput): Promise<void> => {
    logger.resetKeys();
    logger.appendKeys({ jobId });
    const found = await jobs.get(jobId);
    if (!found)
      throw new Error(`Job ${jobId} does not exist: it has expired, or its execution was started by hand.`);
    const job = await compensate(skip === undefined ? found : await skipStage(found, skip, stages));
    if (job.outcome)
      throw new Error(`Job ${jobId} is not settled: stage ${job.stage} still has to be undone.`);
    logger.info('Job settled', { status: job.status, cause: failure.Error });
  };

  function skipStage(job: Job, stage: string, plan: readonly string[] | undefined): Promise<Job> {
    return jobs.change(job, (current) =>
      transition(current, { type: 'stage-skipped', stage, plan }, clock()),
    );
  }
}

const environment = environmentOf('settlement/settle');
const jobs = createJobs({ table: environment.JOBS_TABLE });
const orders = createOrders({ table: environment.ORDERS_TABLE });
const clock = () => new Date();
const compensations = createCompensations({ payments: createPayments(environment), orders, clock });
export const handler = createSettle({
  jobs,
  compensate: createCompensate({ jobs, orders, compensations, clock }),
  clock,
});
