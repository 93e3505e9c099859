import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod/mini';
import { daysAfter } from '../../domain/days-after.ts';
import { shownEstimate } from '../../domain/job/estimate.ts';
import { type Job, orderIdOf } from '../../domain/job/job.ts';
import { type PublicUrls, statusUrlOf, updatesUrlOf } from '../../domain/job/status.ts';
import { acceptJob } from '../../domain/job/transitions.ts';
import { submitOrder } from '../../domain/order/order.ts';
import { InvalidFields } from '../../domain/protocol/errors.ts';
import { fieldErrors } from '../../domain/protocol/field-errors.ts';
import { orderRequestFor } from '../../domain/protocol/order-request.ts';
import type { AcceptedOrder } from '../../domain/protocol/protocol.ts';
import type { StageTable } from '../../domain/stages.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createIdempotencyKeys } from '../adapters/idempotency-keys.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createStatistics } from '../adapters/statistics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Executions } from '../ports/executions.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Orders } from '../ports/orders.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { createClaim } from '../runtime/idempotency.ts';
import { jsonBody } from '../runtime/json-body.ts';
import { createLearnedStages } from '../runtime/learned-stages.ts';
import { measure } from '../runtime/measure.ts';
import { refusalOf } from '../runtime/problem.ts';
import { retryAfter } from '../runtime/retry-after.ts';
import { logger } from '../runtime/telemetry.ts';

export interface AcceptPorts {
  readonly jobs: Pick<Jobs, 'create' | 'get'>;
  readonly orders: Pick<Orders, 'submit'>;
  readonly executions: Pick<Executions, 'start'>;
  /** Binds an idempotency key to the request and its job. */
  readonly claim: ReturnType<typeof createClaim>;
  /** The stage table with learned durations. */
  readonly learnedStages: () => Promise<StageTable>;
  readonly clock: Clock;
  /** Creates a job id (UUIDv7, so that ids sort by age). */
  readonly newId: () => string;
  /** Creates a ticket: 256 random bits. */
  readonly newTicket: () => string;
  readonly urls: PublicUrls;
  /** Days for which the record of a job is kept after its last change. */
  readonly retentionDays: number;
  /** Ports that a `callbackUrl` may name. */
  readonly webhookPorts: readonly number[];
  /** Seconds for which a failure waits for a redrive. */
  readonly redriveSeconds: number;
}

/** Timeout of the start, in milliseconds. The order is accepted whether or not it succeeds. */
const startTimeoutMs = 1_000;

const replayed = { 'idempotency-replayed': 'true' };

/**
 * Accepts an order: stores the submission, then the job, and starts the execution. The order is accepted once the job is
 * stored. If the start fails, bookkeeping starts the execution within a minute or two.
 *
 * @throws InvalidFields when the order does not fit the schema
 * @throws IdempotencyKeyReused when the key was used for another order
 */
export function createAccept(ports: AcceptPorts) {
  const OrderRequest = orderRequestFor(ports.webhookPorts);

  return async (request: HttpRequest): Promise<HttpResponse> => {
    try {
      return await accept(request);
    } catch (error) {
      measure('OrdersRefused', 1, refusalOf(error)?.code ?? 'internal_error');
      throw error;
    }
  };

  async function accept(request: HttpRequest): Promise<HttpResponse> {
    const { owner, headers } = request;
    const parsed = z.safeParse(OrderRequest, jsonBody(request));
    if (!parsed.success) throw new InvalidFields(fieldErrors(parsed.error.issues));
    const order = parsed.data;

    const now = ports.clock();
    const key = headers['idempotency-key'];
    const fresh = ports.newId();
    const { jobId, repeated } =
      key === undefined
        ? { jobId: fresh, repeated: false }
        : await ports.claim({ owner, key, request: order, jobId: fresh }, now);
    logger.appendKeys({ jobId });
    // If an earlier request failed after it claimed the key and before it stored the job, this one continues.
    const earlier = repeated ? await ports.jobs.get(jobId) : undefined;
    if (earlier) return accepted(earlier, now, replayed);

    const acceptance = {
      jobId,
      owner,
      ticket: ports.newTicket(),
      retentionDays: ports.retentionDays,
      redriveSeconds: ports.redriveSeconds,
      webhook: order.callbackUrl !== undefined,
    };
    const [table] = await Promise.all([
      ports.learnedStages(),
      ports.orders.submit(
        submitOrder(order, { orderId: orderIdOf(jobId), jobId, owner }, now),
        daysAfter(now, ports.retentionDays),
      ),
    ]);
    const job = await ports.jobs.create(acceptJob(acceptance, now, table));
    // An identical request at the same time may have stored its job first; it starts it, too.
    if (job.ticket !== acceptance.ticket) return accepted(job, now, replayed);
    await start(jobId);
    logger.info('Order accepted');
    measure('OrdersAccepted', 1);
    return accepted(job, now, {});
  }

  /** Never fails: the order is accepted whether or not the start succeeds. */
  async function start(jobId: string): Promise<void> {
    try {
      await ports.executions.start(jobId, AbortSignal.timeout(startTimeoutMs));
    } catch (error) {
      logger.error('Failed to start the execution; bookkeeping will start it', { error: error as Error });
    }
  }

  function accepted(job: Job, now: Date, headers: Readonly<Record<string, string>>): HttpResponse {
    const { jobId, status } = job;
    const body: AcceptedOrder = {
      jobId,
      status,
      statusUrl: statusUrlOf(jobId, ports.urls),
      updatesUrl: updatesUrlOf(job, ports.urls),
      estimatedCompletion: shownEstimate(job, now)?.estimatedCompletion,
    };
    return {
      status: 202,
      headers: { ...headers, location: body.statusUrl, ...retryAfter(job, now) },
      body,
    };
  }
}

const environment = environmentOf('api/accept');
const clock = () => new Date();
export const handler = http(
  createAccept({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    orders: createOrders({ table: environment.ORDERS_TABLE }),
    executions: createExecutions({
      stateMachineArn: environment.STATE_MACHINE_ARN,
      whenThrottled: 'give-up',
    }),
    claim: createClaim({
      keys: createIdempotencyKeys({ table: environment.IDEMPOTENCY_TABLE }),
      retentionDays: environment.IDEMPOTENCY_RETENTION_DAYS,
    }),
    learnedStages: createLearnedStages({
      statistics: createStatistics({ table: environment.STATISTICS_TABLE }),
      clock,
    }),
    clock,
    newId: uuidv7,
    newTicket: () => randomBytes(32).toString('base64url'),
    urls: { api: environment.API_URL, live: environment.LIVE_URL },
    retentionDays: environment.JOB_RETENTION_DAYS,
    webhookPorts: environment.WEBHOOK_PORTS,
    redriveSeconds: environment.REDRIVE_MINUTES * 60,
  }),
);
