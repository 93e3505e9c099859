import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod/mini';
import { InvalidFields } from '../../domain/errors.ts';
import { retryAfterSeconds } from '../../domain/estimate.ts';
import { fieldErrors } from '../../domain/field-errors.ts';
import { orderIdOf } from '../../domain/job.ts';
import { OrderRequest, submitOrder } from '../../domain/order.ts';
import type { AcceptedOrder } from '../../domain/protocol.ts';
import { statusUrlOf, updatesUrlOf } from '../../domain/status.ts';
import { acceptJob } from '../../domain/transitions.ts';
import { createExecutions } from '../adapters/executions.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { environmentOf } from '../environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../http.ts';
import { jsonBody } from '../json-body.ts';
import type { Clock, Executions, Jobs, Orders } from '../ports.ts';
import { logger } from '../telemetry.ts';

export interface AcceptPorts {
  readonly jobs: Jobs;
  readonly orders: Orders;
  readonly executions: Executions;
  readonly clock: Clock;
  /** A fresh job id (UUIDv7, so that ids sort by age). */
  readonly newId: () => string;
  /** A fresh ticket: 256 random bits. */
  readonly newTicket: () => string;
  /** `wss://…/live`. */
  readonly liveUrl: string;
  readonly retentionDays: number;
}

/**
 * Accepts an order: stores what was submitted, then the job — from that write on the order is accepted — and starts
 * its execution.
 *
 * @throws InvalidFields when the order does not fit the schema
 */
export function createAccept({
  jobs,
  orders,
  executions,
  clock,
  newId,
  newTicket,
  liveUrl,
  retentionDays,
}: AcceptPorts) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const { owner } = request;
    const parsed = z.safeParse(OrderRequest, jsonBody(request));
    if (!parsed.success) throw new InvalidFields(fieldErrors(parsed.error.issues));

    const now = clock();
    const jobId = newId();
    const job = acceptJob({ jobId, owner, ticket: newTicket(), retentionDays }, now);
    await orders.submit(submitOrder(parsed.data, { orderId: orderIdOf(jobId), jobId, owner }, now));
    await jobs.create(job);
    await executions.start(jobId);
    logger.info('Order accepted', { jobId });

    const body: AcceptedOrder = {
      jobId,
      status: job.status,
      statusUrl: statusUrlOf(jobId),
      updatesUrl: updatesUrlOf(job, liveUrl),
      estimatedCompletion: job.estimatedCompletion,
    };
    return {
      status: 202,
      headers: { location: body.statusUrl, 'retry-after': String(retryAfterSeconds(job, now)) },
      body,
    };
  };
}

const environment = environmentOf('accept');
export const handler = http(
  createAccept({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    orders: createOrders({ table: environment.ORDERS_TABLE }),
    executions: createExecutions({ stateMachineArn: environment.STATE_MACHINE_ARN }),
    clock: () => new Date(),
    newId: uuidv7,
    newTicket: () => randomBytes(32).toString('base64url'),
    liveUrl: environment.LIVE_URL,
    retentionDays: environment.JOB_RETENTION_DAYS,
  }),
);
