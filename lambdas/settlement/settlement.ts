import type { Job } from '../../domain/job/job.ts';
import { transition } from '../../domain/job/transitions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createPayments } from '../adapters/payments.ts';
import type { Clock, Jobs } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';
import { createCompensations } from './compensations.ts';
import { createSettle } from './settle.ts';

/** Input of the settlement: the job, and the error that the state machine caught. */
export interface SettlementInput {
  readonly jobId: string;
  readonly failure: { readonly Error: string; readonly Cause?: string };
  /** The best-effort stage to go on without; absent where the order ends. */
  readonly skip?: string;
}

export interface SettlementPorts {
  readonly jobs: Pick<Jobs, 'get' | 'change'>;
  readonly settle: ReturnType<typeof createSettle>;
  readonly clock: Clock;
}

/**
 * Settles an order whose stage did not succeed: undoes what was done before, or goes on without a best-effort stage
 * whose retries are used up.
 */
export function createSettlement({ jobs, settle, clock }: SettlementPorts) {
  return async ({ jobId, failure, skip }: SettlementInput): Promise<void> => {
    logger.resetKeys();
    logger.appendKeys({ jobId });
    const found = await jobs.get(jobId);
    if (!found)
      throw new Error(`There is no job ${jobId}: it expired, or the execution was not started by us.`);
    const job = await settle(skip === undefined ? found : await giveUp(found, skip));
    if (job.outcome)
      throw new Error(`Job ${jobId} is still to be undone at ${job.stage} after its settlement.`);
    logger.info('Order settled', { status: job.status, cause: failure.Error });
  };

  function giveUp(job: Job, stage: string): Promise<Job> {
    const reason = { code: 'stage_failed', message: `The stage ${stage} did not succeed in time.` };
    return jobs.change(job, (current) =>
      transition(current, { type: 'stage-exhausted', stage, reason }, clock()),
    );
  }
}

const environment = environmentOf('settlement');
const jobs = createJobs({ table: environment.JOBS_TABLE });
const orders = createOrders({ table: environment.ORDERS_TABLE });
const clock = () => new Date();
const compensations = createCompensations({ payments: createPayments(environment), orders, clock });
export const handler = createSettlement({
  jobs,
  settle: createSettle({ jobs, orders, compensations, clock }),
  clock,
});
