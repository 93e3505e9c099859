import { dueStage, type Job, orderIdOf } from '../../domain/job/job.ts';
import { type JobEvent, transition } from '../../domain/job/transitions.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import { OrderCancelled, OrderRefused } from '../../domain/protocol/errors.ts';
import { longestPauseSeconds, type StageName, type StageTable, stages } from '../../domain/stages.ts';
import type { Clock, Jobs, Orders } from '../ports.ts';
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
  /** The stage table with what has been learned; the table as it is when absent. */
  readonly expectations?: () => Promise<StageTable>;
}

/**
 * The runner of a stage: records its beginning, does its work, records its end together with the beginning of the
 * next stage. Safe to repeat, to arrive late and to race: a stage that is not due does no work.
 *
 * @throws OrderRefused or OrderCancelled for the state machine to catch; any other error for it to retry
 */
export function createStage(stage: StageName, work: Work, { jobs, orders, clock, expectations }: StagePorts) {
  return async ({ jobId, retryCount }: StageInput): Promise<void> => {
    const attempt = retryCount + 1;
    logger.resetKeys();
    logger.appendKeys({ jobId, stage, attempt });
    const [found, table = stages] = await Promise.all([jobs.get(jobId), expectations?.()]);
    const record = (job: Job, event: JobEvent) =>
      jobs.change(job, (current) => transition(current, event, clock(), table));

    if (!found)
      throw new Error(`There is no job ${jobId}: it expired, or the execution was not started by us.`);
    const job = await record(found, { type: 'stage-started', stage, attempt });
    if (dueStage(job) !== stage) return passOn(job);

    try {
      await work(await submitted(orders, jobId));
    } catch (error) {
      if (error instanceof OrderRefused) {
        const { code, message } = error;
        logger.info('Stage refused the order', { code });
        return passOn(await end(job, { type: 'stage-refused', stage, attempt, reason: { code, message } }));
      }
      const nextAttemptAt = nextAttempt(table, retryCount);
      if (nextAttemptAt) await record(job, { type: 'attempt-failed', stage, attempt, nextAttemptAt });
      throw error;
    }
    await end(job, { type: 'stage-completed', stage, attempt });

    async function end(job: Job, event: JobEvent): Promise<Job> {
      const ended = await record(job, event);
      // Told late that the attempts before a redrive had failed, the job was given up: the next attempt reopens it.
      if (dueStage(ended) === stage) throw new Error(`Job ${jobId} was given up while ${stage} was at work.`);
      return ended;
    }
  };

  function nextAttempt(table: StageTable, retryCount: number): Date | undefined {
    const row = table.find(({ name }) => name === stage);
    const pause = row && longestPauseSeconds(row.retry, retryCount);
    return pause === undefined ? undefined : new Date(clock().getTime() + pause * 1000);
  }
}

/**
 * Tells the state machine how a job ends that does not go on. Says nothing when another stage is due, also in a failure
 * that waits for a redrive: where a stage's success got lost, the execution is redriven there, and the next state
 * goes on.
 */
function passOn(job: Job): void {
  if (dueStage(job) !== undefined) return;
  const { status, error } = job.outcome ?? job;
  if (status === 'cancelled') throw new OrderCancelled(error?.message ?? '');
  if (status === 'failed' && error) throw new OrderRefused(error.code, error.message);
}

async function submitted(orders: Orders, jobId: string): Promise<OrderRecord> {
  const order = await orders.get(orderIdOf(jobId));
  if (!order) throw new Error(`There is no order record for job ${jobId}.`);
  return order;
}
