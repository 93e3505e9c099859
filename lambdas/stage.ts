import { OrderRefused } from '../domain/errors.ts';
import { type Job, orderIdOf } from '../domain/job.ts';
import type { OrderRecord } from '../domain/order.ts';
import { type StageTable, stages } from '../domain/stages.ts';
import { isDue, type JobEvent, transition } from '../domain/transitions.ts';
import type { Clock, Jobs, Orders } from './ports.ts';
import { logger } from './telemetry.ts';

/** Input of a stage's function, as the state machine sends it. */
export interface StageInput {
  readonly jobId: string;
  /** `$$.State.RetryCount`: retries of this state so far. */
  readonly retryCount: number;
}

/** What a stage does with an order. Throws `OrderRefused` to end the order, anything else to be retried. */
export type Work = (order: OrderRecord) => Promise<void>;

export interface StagePorts {
  readonly jobs: Jobs;
  readonly orders: Orders;
  readonly clock: Clock;
  readonly table?: StageTable;
}

/**
 * The runner of a stage: records its beginning, does its work, records its end together with the beginning of the
 * next stage. Safe to repeat, to arrive late and to race: a stage that is not due does no work.
 *
 * @throws OrderRefused for the state machine to catch; any other error for it to retry
 */
export function createStage(stage: string, work: Work, { jobs, orders, clock, table = stages }: StagePorts) {
  return async ({ jobId, retryCount }: StageInput): Promise<void> => {
    const attempt = retryCount + 1;
    logger.resetKeys();
    logger.appendKeys({ jobId, stage, attempt });
    const record = (job: Job, event: JobEvent) =>
      jobs.change(job, (current) => transition(current, event, clock(), table));

    const found = await jobs.get(jobId);
    if (!found)
      throw new Error(`There is no job ${jobId}: it expired, or the execution was not started by us.`);
    const job = await record(found, { type: 'stage-started', stage, attempt });
    if (!isDue(job, stage)) return resume(job, stage);

    try {
      await work(await submitted(orders, jobId));
    } catch (error) {
      if (!(error instanceof OrderRefused)) throw error;
      const { code, message } = error;
      const refused = await record(job, { type: 'stage-refused', stage, attempt, reason: { code, message } });
      logger.info('Stage refused the order', { code });
      return resume(refused, stage);
    }
    await record(job, { type: 'stage-completed', stage, attempt });
  };
}

/** Tells the state machine again what an earlier attempt found out. */
function resume(job: Job, stage: string): void {
  if (job.status === 'failed' && job.error?.stage === stage)
    throw new OrderRefused(job.error.code, job.error.message);
}

async function submitted(orders: Orders, jobId: string): Promise<OrderRecord> {
  const order = await orders.get(orderIdOf(jobId));
  if (!order) throw new Error(`There is no order record for job ${jobId}.`);
  return order;
}
