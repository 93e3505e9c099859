import * as z from 'zod/mini';
import { OrderItem, OrderRequest } from './order-request.ts';

/** Base path of the HTTP API: its stage name. */
export const basePath = '/api';

/** Maximum length of a request body, in bytes. An order of 100 items with long texts is much shorter. */
export const maxBodyBytes = 200 * 1024;

/** Maximum number of fields that a problem document names. */
export const maxFieldErrors = 20;

const describe = <T extends z.ZodMiniType>(schema: T, description: string): T =>
  schema.check(z.describe(description));

const jobId = () => describe(z.uuid(), 'Id of the job (UUIDv7); its execution has the same name.');
const time = () => describe(z.iso.datetime(), 'ISO 8601, UTC.');
const url = () =>
  describe(
    z.string(),
    'URL below the public base of the API; relative to its origin if the deployment has none configured.',
  );

const updatesUrl = () =>
  describe(
    z.string(),
    'WebSocket URL for watching this job. It contains a secret ticket: keep it out of logs.',
  );

export const jobStatuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export const JobStatus = z.enum(jobStatuses);
export type JobStatus = z.infer<typeof JobStatus>;

export const StepStatus = z.enum(['pending', 'in-progress', 'completed', 'failed', 'skipped', 'compensated']);

/** A stage of one job. */
export const Step = z.strictObject({
  name: z.string(),
  status: StepStatus,
  startedAt: z.optional(time()),
  completedAt: z.optional(
    describe(
      z.iso.datetime(),
      'When the step ended. For a compensated step, when it had completed, if it had.',
    ),
  ),
  attempts: z.optional(describe(z.int().check(z.gte(2)), 'Attempts so far; present from the second on.')),
  nextAttemptAt: z.optional(
    describe(z.iso.datetime(), 'Latest start of the next attempt; present while the step waits.'),
  ),
});
export type Step = Readonly<z.infer<typeof Step>>;

/** Why a job did not complete. */
export const JobError = z.strictObject({
  code: describe(z.string(), 'Stable, machine-readable code, for example card_declined.'),
  message: describe(z.string(), 'One sentence for a person.'),
  stage: z.string(),
  redrivable: describe(z.boolean(), 'Whether a redrive can resume the job.'),
  redrivableUntil: z.optional(
    describe(
      z.iso.datetime(),
      'Present if the failure is redrivable. After this time the order is undone and the failure becomes final.',
    ),
  ),
});
export type JobError = Readonly<z.infer<typeof JobError>>;

/** A job as its owner sees it; the HTTP API and the WebSocket API send the same document. */
export const StatusDocument = z.strictObject({
  jobId: jobId(),
  status: JobStatus,
  stage: z.optional(describe(z.string(), 'The step in progress.')),
  progress: describe(z.int().check(z.gte(0), z.lte(100)), 'Completed stages in per cent; never decreases.'),
  version: describe(z.int().check(z.gte(1)), 'Increases by one with every visible change.'),
  steps: z.array(Step),
  result: z.optional(z.strictObject({ orderId: z.string(), orderUrl: url() })),
  error: z.optional(JobError),
  cancelling: z.optional(
    describe(z.literal(true), 'Cancellation was requested; present until the job ends.'),
  ),
  estimatedCompletion: z.optional(time()),
  updatesUrl: updatesUrl(),
  createdAt: time(),
  updatedAt: time(),
  expiresAt: describe(z.iso.datetime(), 'When the record of the job expires, unless it changes before.'),
});
export type StatusDocument = z.infer<typeof StatusDocument>;

/** Response to an accepted order. */
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
  items: describe(
    z.array(StatusDocument),
    'With a `status`, a page may have few items or none although more follow: only `nextCursor` says whether they do.',
  ),
  nextCursor: z.optional(
    describe(z.string(), 'Send it as `cursor` to get the next page. Absent on the last page.'),
  ),
});
export type JobPage = z.infer<typeof JobPage>;

/** Query parameters of the job history. */
export const JobQuery = z.strictObject({
  status: z.optional(JobStatus),
  limit: z._default(
    z.pipe(
      z.string().check(z.regex(/^(?:[1-9][0-9]?|100)$/, 'Must be a whole number from 1 to 100.')),
      z.transform((digits: string) => Number(digits)),
    ),
    20,
  ),
  cursor: z.optional(z.uuid('Must be the `nextCursor` of an earlier page.').check(z.toLowerCase())),
});

/** A created order. */
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

/** A field that was refused. */
export const FieldError = z.strictObject({
  pointer: describe(
    z.string(),
    'RFC 6901 JSON pointer into the body or the query, or the name of a header. A long name is cut and ends in `…`.',
  ),
  detail: z.string(),
});
export type FieldError = z.infer<typeof FieldError>;

/** RFC 9457 problem document. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: describe(z.string(), 'Stable, machine-readable code.'),
  requestId: describe(z.string(), 'Quote this id when you ask for support.'),
  errors: z.optional(
    describe(
      z.array(FieldError).check(z.maxLength(maxFieldErrors)),
      `The first ${maxFieldErrors} at most of the fields that were refused.`,
    ),
  ),
});
export type Problem = z.infer<typeof Problem>;

/** A refusal of API Gateway itself, whose body HTTP APIs offer no way to change. */
export const GatewayProblem = z.looseObject({
  message: describe(z.string(), "The gateway's message, for example Unauthorized."),
});

/** One route of the HTTP API. The stack, the OpenAPI description and the functions are derived from it. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Path below the base path, with `{parameters}`. */
  readonly path: string;
  /** File in `lambdas/api/`, and the OpenAPI operation id. */
  readonly operation: string;
  readonly summary: string;
  /** The route needs no access token. */
  readonly public?: true;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
  readonly success: {
    readonly status: 200 | 202;
    readonly description: string;
    readonly body: z.ZodMiniType;
  };
  /** The route accepts an `Idempotency-Key`. */
  readonly idempotent?: true;
  readonly headers?: readonly (
    | 'ETag'
    | 'Retry-After'
    | 'Location'
    | 'Idempotency-Replayed'
    | 'Preference-Applied'
  )[];
  /** Refusals of this route, besides those of every route (401, 403, 429, 500, 503). */
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
    success: { status: 202, description: 'The order is stored and will be processed.', body: AcceptedOrder },
    headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
    refusals: [400, 413, 415, 422],
  },
  {
    method: 'GET',
    path: '/orders/status/{jobId}',
    operation: 'status',
    summary: "Read a job's status",
    success: { status: 200, description: 'The status of the job.', body: StatusDocument },
    headers: ['ETag', 'Retry-After', 'Preference-Applied'],
    refusals: [304, 404],
  },
  {
    method: 'POST',
    path: '/orders/status/{jobId}/cancel',
    operation: 'cancel',
    summary: 'Request cancellation',
    success: {
      status: 202,
      description:
        'Cancellation is requested; it takes effect when the stage or the attempt in progress ends.',
      body: StatusDocument,
    },
    headers: ['Location', 'Retry-After'],
    refusals: [404, 409],
  },
  {
    method: 'POST',
    path: '/orders/status/{jobId}/redrive',
    operation: 'redrive',
    summary: 'Resume a redrivable job at the stage that failed',
    success: { status: 202, description: 'The job has resumed.', body: StatusDocument },
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
    summary: 'Read this description',
    public: true,
    success: { status: 200, description: 'OpenAPI 3.1.', body: z.looseObject({ openapi: z.string() }) },
    refusals: [],
  },
  {
    method: 'GET',
    path: '/asyncapi.json',
    operation: 'asyncapi',
    summary: 'Read the description of the WebSocket API',
    public: true,
    success: { status: 200, description: 'AsyncAPI 3.', body: z.looseObject({ asyncapi: z.string() }) },
    refusals: [],
  },
] as const satisfies readonly Route[];

/** Name of a function in `lambdas/api/`. */
export type Operation = (typeof routes)[number]['operation'];
