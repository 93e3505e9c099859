import { dueStage, isUndone, type Job, orderIdOf } from '../../domain/job/job.ts';
import { followPlan } from '../../domain/job/plan.ts';
import { type JobEvent, transition } from '../../domain/job/transitions.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import { OrderCancelled, OrderRefused } from '../../domain/protocol/errors.ts';
import { longestPauseSeconds, type StageName, type StageTable, stages } from '../../domain/stages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Orders } from '../ports/orders.ts';
import { measure } from './measure.ts';
import { type PassedJob, passedJob, passOn } from './passed-job.ts';
import { logger } from './telemetry.ts';
import { withRequestId } from './with-request-id.ts';

/** Input of a stage's function, sent by the state machine. */
export interface StageInput {
  readonly jobId: string;
  /** `$$.State.RetryCount`: number of retries of this state so far. */
  readonly retryCount: number;
  /** The stages of the execution's definition, in order. */
  readonly stages?: readonly string[];
  /** Set in Express executions, of which a job may have several at once, of different definitions. */
  readonly express?: boolean;
  /** The input of the state, with what the stage before returned. */
  readonly state?: { readonly passed?: { readonly job?: unknown } };
}

/** An order as a stage gets it. */
export interface SubmittedOrder {
  readonly jobId: string;
  readonly orderId: string;
  /** Reads the record. A stage that does not need it saves the call. */
  read(): Promise<OrderRecord>;
}

/**
 * What a stage does with an order.
 *
 * @throws OrderRefused to end the order; the stage is retried after any other error
 */
export type Work = (order: SubmittedOrder) => Promise<void>;

export interface StagePorts {
  readonly jobs: Jobs;
  readonly orders: Pick<Orders, 'get'>;
  readonly clock: Clock;
  /** The stage table with learned durations. Without it the table is used as it is. */
  readonly learnedStages?: () => Promise<StageTable>;
}

/**
 * The function of a stage. It records the start of the stage, does the work, and records the end of the stage together
 * with the start of the next one. Repeated, late and concurrent calls are safe: a stage that is not due does no work.
 *
 * @returns the job for the next stage
 * @throws OrderRefused or OrderCancelled while a job has to be undone, which the state machine catches; it retries after
 * any other error
 */
export function createStage(stage: StageName, work: Work, ports: StagePorts) {
  const { jobs, orders, clock } = ports;

  return withRequestId(async (input: StageInput): Promise<PassedJob> => {
    logger.appendKeys({ jobId: input.jobId, stage, attempt: input.retryCount + 1 });
    try {
      return passOn(await run(input));
    } catch (error) {
      const thrown = error instanceof Error ? error : new Error(String(error));
      report(thrown, stage);
      throw thrown;
    }
  });

  async function run({ jobId, retryCount, stages: plan, express, state }: StageInput): Promise<Job> {
    const attempt = retryCount + 1;
    const passed = retryCount === 0 ? passedJob(state?.passed?.job, { stage, now: clock() }) : undefined;
    const [found, table = stages] = await Promise.all([passed ?? jobs.get(jobId), ports.learnedStages?.()]);
    const record = (job: Job, event: JobEvent) =>
      jobs.change(job, (current) => transition(current, event, clock(), table));

    if (!found)
      throw new Error(`Job ${jobId} does not exist: it has expired, or its execution was started by hand.`);
    const job = await jobs.change(found, (current) => {
      if (express) refuseOtherPlan(current, plan);
      return transition(current, { type: 'stage-started', stage, attempt, plan }, clock(), table);
    });
    if (found.status === 'queued' && job.status === 'processing')
      measure('TimeInQueue', Date.parse(job.updatedAt) - Date.parse(job.createdAt));
    if (dueStage(job) !== stage) return unlessUndone(job, stage);

    const startedAt = clock().getTime();
    try {
      await work(submitted(orders, jobId)).finally(() =>
        measure('StageDuration', clock().getTime() - startedAt, stage),
      );
    } catch (error) {
      if (error instanceof OrderRefused) {
        const { code, message } = error;
        logger.info('Stage refused the order', { code });
        measure('StageRefused', 1, code);
        const reason = { code, message };
        return unlessUndone(await end(job, { type: 'stage-refused', stage, attempt, reason }), stage);
      }
      const nextAttemptAt = nextAttempt(table, retryCount);
      if (nextAttemptAt)
        await record(job, { type: 'attempt-failed', stage, attempt, nextAttemptAt }).catch(
          (unrecorded: Error) => logger.warn('Failed to record the attempt', { error: unrecorded }),
        );
      throw error;
    }
    return unlessUndone(await end(job, { type: 'stage-completed', stage, attempt }), stage);

    async function end(job: Job, event: JobEvent): Promise<Job> {
      const ended = await record(job, event);
      // A late report that the attempts before a redrive failed has closed the job. The next attempt reopens it.
      if (dueStage(ended) === stage)
        throw new Error(`Job ${jobId} was closed while stage ${stage} was running.`);
      return ended;
    }
  }

  function nextAttempt(table: StageTable, retryCount: number): Date | undefined {
    const row = table.find(({ name }) => name === stage);
    const pause = row && longestPauseSeconds(row.retry, retryCount);
    return pause === undefined ? undefined : new Date(clock().getTime() + pause * 1000);
  }
}

/** Logs once, and counts, what an attempt throws. */
function report(error: Error, stage: StageName): void {
  if (error instanceof OrderRefused || error instanceof OrderCancelled) {
    logger.info('Order has to be settled', { cause: error.name });
    measure('SettlementDue', 1, stage);
  } else {
    logger.error('Attempt failed', { error });
    measure('StageFailed', 1, stage);
  }
  // Lambda logs what a function throws, too. The stack of a failure is in the line above; the others are none.
  error.stack = `${error.name}: ${error.message}`;
}

/**
 * Throws for the state machine that a job has to be undone. Does nothing if the job has ended: the stages that follow do
 * nothing either, and a declined card is no error of a function. Does nothing while a later stage is due, even if the job
 * failed and waits for a redrive: the redrive may resume at a stage whose success was not reported.
 *
 * @returns the job
 * @throws Error if an earlier stage is due, because no stage may pass without a trace
 */
function unlessUndone(job: Job, stage: string): Job {
  const due = dueStage(job);
  if (due !== undefined && job.steps.some((step) => step.name === stage && isUndone(step)))
    throw new Error(`Stage ${stage} of job ${job.jobId} was called before stage ${due} was done.`);
  if (!job.outcome) return job;
  const { status, error } = job.outcome;
  if (status === 'cancelled') throw new OrderCancelled(error.message);
  throw new OrderRefused(error.code, error.message);
}

/**
 * Only a Standard execution changes the plan of a job that has begun, because there is one of them: two executions that
 * changed it back and forth would skip each other's stages.
 *
 * @throws Error if the job follows another plan, so that the Express execution hands it over
 */
function refuseOtherPlan(job: Job, plan: readonly string[] | undefined): void {
  if (job.status !== 'queued' && followPlan(job, plan) !== job)
    throw new Error(`Another execution processes job ${job.jobId}, with other stages.`);
}

function submitted(orders: StagePorts['orders'], jobId: string): SubmittedOrder {
  const orderId = orderIdOf(jobId);
  return {
    jobId,
    orderId,
    async read() {
      const order = await orders.get(orderId);
      if (!order) throw new Error(`Job ${jobId} has no order record.`);
      return order;
    },
  };
}
