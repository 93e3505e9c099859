import * as z from 'zod/mini';
import { OrderItem, OrderRequest } from './order-request.ts';

/** Base path of the HTTP API: its stage name. */
export const basePath = '/api';

/** Longest body that is read, in bytes: an order of 100 items with long texts stays far below. */
export const maxBodyBytes = 200 * 1024;

const describe = <T extends z.ZodMiniType>(schema: T, description: string): T =>
  schema.check(z.describe(description));

const jobId = () => describe(z.uuid(), 'Id of the job (UUIDv7), and the name of its execution.');
const time = () => describe(z.iso.datetime(), 'ISO 8601, UTC.');
const url = () => describe(z.string(), 'Relative to the origin of the API.');

const updatesUrl = () =>
  describe(
    z.string(),
    'WebSocket URL that watches this job. Its ticket is a secret of the owner: keep it out of logs.',
  );

export const jobStatuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export const JobStatus = z.enum(jobStatuses);
export type JobStatus = z.infer<typeof JobStatus>;

export const StepStatus = z.enum(['pending', 'in-progress', 'completed', 'failed', 'skipped', 'compensated']);

/** A stage as seen in one job. */
export const Step = z.strictObject({
  name: z.string(),
  status: StepStatus,
  startedAt: z.optional(time()),
  completedAt: z.optional(
    describe(
      z.iso.datetime(),
      'When it ended; of a compensated step, when it had completed, if it ever did.',
    ),
  ),
  attempts: z.optional(describe(z.int().check(z.gte(2)), 'Present from the second attempt on.')),
  nextAttemptAt: z.optional(
    describe(z.iso.datetime(), 'While it waits for its next attempt: when that comes at the latest.'),
  ),
});
export type Step = Readonly<z.infer<typeof Step>>;

/** Why a job did not complete. */
export const JobError = z.strictObject({
  code: describe(z.string(), 'Stable and machine-readable, for example card_declined.'),
  message: describe(z.string(), 'One sentence for a person.'),
  stage: z.string(),
  redrivable: describe(z.boolean(), 'Whether a redrive can resume the job at that stage.'),
});
export type JobError = Readonly<z.infer<typeof JobError>>;

/** A job as its owner sees it, over HTTP and over the socket alike. */
export const StatusDocument = z.strictObject({
  jobId: jobId(),
  status: JobStatus,
  stage: z.optional(describe(z.string(), 'The step being worked.')),
  progress: describe(z.int().check(z.gte(0), z.lte(100)), 'Completed stages in per cent; never falls.'),
  version: describe(z.int().check(z.gte(1)), 'Grows by one at every visible change.'),
  steps: z.array(Step),
  result: z.optional(z.strictObject({ orderId: z.string(), orderUrl: url() })),
  error: z.optional(JobError),
  estimatedCompletion: z.optional(time()),
  updatesUrl: updatesUrl(),
  createdAt: time(),
  updatedAt: time(),
  expiresAt: describe(z.iso.datetime(), 'When the record of the job is deleted.'),
});
export type StatusDocument = z.infer<typeof StatusDocument>;

/** Answer to an accepted order. */
export const AcceptedOrder = z.strictObject({
  jobId: jobId(),
  status: JobStatus,
  statusUrl: url(),
  updatesUrl: updatesUrl(),
  estimatedCompletion: z.optional(time()),
});
export type AcceptedOrder = z.infer<typeof AcceptedOrder>;

/** One page of an owner's jobs, newest first. */
export const JobPage = z.strictObject({
  items: z.array(StatusDocument),
  nextCursor: z.optional(describe(z.string(), 'Give it back as `cursor` for the next page.')),
});
export type JobPage = z.infer<typeof JobPage>;

/** Query of the job history. */
export const JobQuery = z.strictObject({
  status: z.optional(JobStatus),
  limit: z._default(
    z.pipe(
      z.string().check(z.regex(/^(?:[1-9][0-9]?|100)$/, 'Must be a whole number from 1 to 100.')),
      z.transform((digits: string) => Number(digits)),
    ),
    20,
  ),
  cursor: z.optional(z.uuid('Must be a `nextCursor` that was answered before.')),
});

/** The record that a completed order became. */
export const OrderDocument = z.strictObject({
  orderId: z.string(),
  jobId: jobId(),
  email: z.string(),
  currency: z.string(),
  items: z.array(OrderItem),
  total: describe(z.int(), "In the currency's minor unit."),
  reference: z.optional(z.string()),
  createdAt: time(),
});
export type OrderDocument = z.infer<typeof OrderDocument>;

/** One field that was refused. */
export const FieldError = z.strictObject({
  pointer: describe(z.string(), 'RFC 6901 JSON pointer into the body or the query, or the name of a header.'),
  detail: z.string(),
});
export type FieldError = z.infer<typeof FieldError>;

/** RFC 9457 problem document. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: describe(z.string(), 'Stable and machine-readable.'),
  requestId: describe(z.string(), 'Quote it when you ask for help.'),
  errors: z.optional(z.array(FieldError)),
});
export type Problem = z.infer<typeof Problem>;

/** A refusal of API Gateway itself, which HTTP APIs offer no way to change. */
export const GatewayProblem = z.looseObject({
  message: describe(z.string(), 'The text of API Gateway, for example Unauthorized.'),
});

/** One route of the HTTP API: what the template routes, what OpenAPI says, and which function answers. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Path below the base path, with `{parameters}`. */
  readonly path: string;
  /** File in `lambdas/api/`, and the OpenAPI operation id. */
  readonly operation: string;
  readonly summary: string;
  /** Needs no access token. */
  readonly public?: true;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
  readonly success: {
    readonly status: 200 | 202;
    readonly description: string;
    readonly body: z.ZodMiniType;
  };
  /** Takes an `Idempotency-Key`. */
  readonly idempotent?: true;
  readonly headers?: readonly ('ETag' | 'Retry-After' | 'Location' | 'Idempotency-Replayed')[];
  /** Refusals beyond those every route shares (401, 429, 500, 503). */
  readonly refusals: readonly (304 | 400 | 404 | 409 | 413 | 415 | 422)[];
}

/** Every route of the HTTP API. */
export const routes = [
  {
    method: 'POST',
    path: '/orders',
    operation: 'accept',
    summary: 'Accept an order for processing',
    body: OrderRequest,
    idempotent: true,
    success: { status: 202, description: 'Accepted: durable, and on its way.', body: AcceptedOrder },
    headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
    refusals: [400, 413, 415, 422],
  },
  {
    method: 'GET',
    path: '/orders/status/{jobId}',
    operation: 'status',
    summary: "Read a job's status",
    success: { status: 200, description: 'The status of the job.', body: StatusDocument },
    headers: ['ETag', 'Retry-After'],
    refusals: [304, 404],
  },
  {
    method: 'POST',
    path: '/orders/status/{jobId}/cancel',
    operation: 'cancel',
    summary: 'Ask for cancellation',
    success: {
      status: 202,
      description: 'Asked for; honoured when the next stage begins.',
      body: StatusDocument,
    },
    headers: ['Location', 'Retry-After'],
    refusals: [404, 409],
  },
  {
    method: 'POST',
    path: '/orders/status/{jobId}/redrive',
    operation: 'redrive',
    summary: 'Resume a redrivable failure at the stage that failed',
    success: { status: 202, description: 'Resumed.', body: StatusDocument },
    headers: ['Location', 'Retry-After'],
    refusals: [404, 409],
  },
  {
    method: 'GET',
    path: '/orders',
    operation: 'history',
    summary: "List the caller's jobs, newest first",
    query: JobQuery,
    success: { status: 200, description: 'One page of jobs.', body: JobPage },
    refusals: [422],
  },
  {
    method: 'GET',
    path: '/orders/{orderId}',
    operation: 'order',
    summary: 'Read a created order',
    success: { status: 200, description: 'The order.', body: OrderDocument },
    refusals: [404],
  },
  {
    method: 'GET',
    path: '/openapi.json',
    operation: 'openapi',
    summary: 'This description',
    public: true,
    success: { status: 200, description: 'OpenAPI 3.1.', body: z.looseObject({ openapi: z.string() }) },
    refusals: [],
  },
] as const satisfies readonly Route[];

/** Name of a function in `lambdas/api/`. */
export type Operation = (typeof routes)[number]['operation'];
