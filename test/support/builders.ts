import { type Job, orderIdOf } from '../../domain/job/job.ts';
import { acceptJob, type JobEvent, transition } from '../../domain/job/transitions.ts';
import { type OrderRecord, submitOrder } from '../../domain/order/order.ts';
import { exampleOrder, type OrderRequest } from '../../domain/protocol/order-request.ts';
import type { HttpRequest } from '../../lambdas/runtime/http.ts';
import type { SubmittedOrder } from '../../lambdas/runtime/stage.ts';
import { fourStages } from './four-stages.ts';

/** The moment at which tests happen. */
export const now = new Date('2026-01-20T15:30:00.000Z');
export const jobId = '019bdbe4-5b40-7000-8000-000000000001';
export const orderId = orderIdOf(jobId);
export const owner = 'ada';
export const ticket = 'a-ticket-that-nobody-guesses';
export const urls = { api: '/api', live: 'wss://live.example.com/live' };

/** `now`, some milliseconds later. */
export const later = (ms: number): Date => new Date(now.getTime() + ms);

/** A valid order as a client sends it. */
export const anOrder = (override: Partial<OrderRequest> = {}): OrderRequest => ({
  ...exampleOrder,
  ...override,
});

/** The record of a submitted order. */
export const anOrderRecord = (override: Partial<OrderRecord> = {}): OrderRecord => ({
  ...submitOrder(anOrder(), { orderId, jobId, owner }, now),
  ...override,
});

/** A submitted order as a stage gets it. */
export const aSubmittedOrder = (override: Partial<OrderRecord> = {}): SubmittedOrder => ({
  jobId,
  orderId,
  read: async () => anOrderRecord(override),
});

const after = (job: Job, event: JobEvent, ms: number): Job => transition(job, event, later(ms), fourStages);

/** An accepted job, queued. */
export const aJob = (override: Partial<Job> = {}): Job => ({
  ...acceptJob({ jobId, owner, ticket, retentionDays: 30, redriveSeconds: 7 * 86_400 }, now, fourStages),
  ...override,
});

/** A job whose stages before this one are completed, while this one is in progress. */
export function aJobAt(stage: (typeof fourStages)[number]['name']): Job {
  let job = after(aJob(), { type: 'stage-started', stage: fourStages[0].name, attempt: 1 }, 10);
  for (const { name } of fourStages) {
    if (name === stage) break;
    job = after(job, { type: 'stage-completed', stage: name, attempt: 1 }, 20);
  }
  return job;
}

/** A job with all stages completed. */
export const aCompletedJob = (): Job =>
  after(aJobAt('email'), { type: 'stage-completed', stage: 'email', attempt: 1 }, 30);

/** A job whose payment was declined. */
export const aDeclinedJob = (): Job =>
  after(
    aJobAt('payment'),
    {
      type: 'stage-refused',
      stage: 'payment',
      attempt: 1,
      reason: { code: 'card_declined', message: 'The card was declined.' },
    },
    30,
  );

/** A job whose payment failed technically until its retries were used up. */
export const anExhaustedJob = (): Job =>
  after(
    aJobAt('payment'),
    {
      type: 'stage-exhausted',
      stage: 'payment',
      reason: { code: 'stage_failed', message: 'The stage payment failed for technical reasons.' },
    },
    30,
  );

/** A request of the owner; an object body is sent as JSON. */
export const aRequest = ({
  body,
  ...override
}: Partial<Omit<HttpRequest, 'body'>> & { body?: unknown } = {}): HttpRequest => ({
  owner,
  method: 'GET',
  path: '/api/orders',
  parameters: {},
  query: {},
  headers: { 'content-type': 'application/json' },
  body: Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  ...override,
});
