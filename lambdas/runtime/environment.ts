import * as z from 'zod/mini';
import type { StageName } from '../../domain/stages.ts';

const name = z.string().check(z.minLength(1));
const integerFrom = (least: number) =>
  z.pipe(
    z.pipe(
      name,
      z.transform((value: string) => Number(value)),
    ),
    z.int().check(z.gte(least)),
  );
const positiveInteger = integerFrom(1);
/** `443,8443`. */
const ports = z.pipe(
  z.pipe(
    name,
    z.transform((value: string) => value.split(',').map(Number)),
  ),
  z.array(z.int().check(z.gte(1), z.lte(65_535))),
);

/** The public bases of the URLs that clients are given. */
const publicUrls = { API_URL: name, LIVE_URL: name };

const payments = z.discriminatedUnion('PAYMENT_PROVIDER', [
  z.object({ PAYMENT_PROVIDER: z.literal('sandbox'), LEDGER_TABLE: name }),
  z.object({ PAYMENT_PROVIDER: z.literal('stripe'), STRIPE_SECRET_ARN: name, LEDGER_TABLE: name }),
]);
/** The variables of the payment provider. */
export type PaymentVariables = z.output<typeof payments>;

const stage = { JOBS_TABLE: name, ORDERS_TABLE: name, STATISTICS_TABLE: name };

/** The variables of a stage without a row of its own. */
const stageVariables = z.object(stage);

/**
 * The functions by the path of their file below `lambdas/`, each with its environment variables. The stack sets exactly
 * these, and the function parses them once when it is loaded, so that a missing variable fails at the first invocation.
 * A stage has a row only if it needs more variables than every stage has.
 */
export const functions = {
  'api/accept': z.object({
    JOBS_TABLE: name,
    IDEMPOTENCY_TABLE: name,
    IDEMPOTENCY_RETENTION_DAYS: positiveInteger,
    STATISTICS_TABLE: name,
    ORDERS_TABLE: name,
    STATE_MACHINE_ARN: name,
    ...publicUrls,
    JOB_RETENTION_DAYS: positiveInteger,
    WEBHOOK_PORTS: ports,
    REDRIVE_MINUTES: positiveInteger,
  }),
  'api/status': z.object({
    JOBS_TABLE: name,
    ...publicUrls,
    STAGE_LIVE_URL: name,
    MAX_WAIT_SECONDS: integerFrom(0),
  }),
  'api/history': z.object({ JOBS_TABLE: name, JOBS_BY_OWNER_INDEX: name, ...publicUrls }),
  'api/order': z.object({ ORDERS_TABLE: name }),
  'api/cancel': z.object({ JOBS_TABLE: name, STATE_MACHINE_ARN: name, ...publicUrls }),
  'api/redrive': z.object({ JOBS_TABLE: name, STATE_MACHINE_ARN: name, ...publicUrls }),
  'api/asyncapi': z.object({}),
  'api/openapi': z.object({ API_URL: name }),
  'api/unrouted': z.object({ API_URL: name }),
  'live/connect': z.object({ JOBS_TABLE: name }),
  'live/messages': z.object({ JOBS_TABLE: name, ...publicUrls, CONNECTIONS_URL: name }),
  'live/push': z.object({
    JOBS_TABLE: name,
    ...publicUrls,
    CONNECTIONS_URL: name,
    DEAD_LETTER_QUEUE_URL: name,
  }),
  'stages/payment': z.intersection(stageVariables, payments),
  'stages/email': z.object({ ...stage, MAIL_SENDER: name }),
  'settlement/settle': z.intersection(z.object({ JOBS_TABLE: name, ORDERS_TABLE: name }), payments),
  'housekeeping/bookkeeping': z.object({
    JOBS_TABLE: name,
    STATISTICS_TABLE: name,
    STATE_MACHINE_ARN: name,
    START_AFTER_SECONDS: integerFrom(0),
    WEBHOOK_QUEUE_URL: name,
    DEAD_LETTER_QUEUE_URL: name,
  }),
  'housekeeping/reconcile': z.object({
    JOBS_TABLE: name,
    ORDERS_TABLE: name,
    OPEN_JOBS_INDEX: name,
    STATE_MACHINE_ARN: name,
    PATIENCE_SECONDS: positiveInteger,
  }),
  'webhooks/deliver': z.object({
    JOBS_TABLE: name,
    ORDERS_TABLE: name,
    API_URL: name,
    RETRY_QUEUE_URL: name,
    DEAD_LETTER_QUEUE_URL: name,
    WEBHOOK_SECRET_ARN: name,
    WEBHOOK_PORTS: ports,
  }),
  'operator/operate': z.object({
    JOBS_TABLE: name,
    JOBS_BY_OWNER_INDEX: name,
    OPEN_JOBS_INDEX: name,
    ORDERS_TABLE: name,
    ORDERS_BY_EMAIL_INDEX: name,
    ORDERS_BY_REFERENCE_INDEX: name,
    STATE_MACHINE_ARN: name,
    /** Empty unless orders begin in Express executions. */
    EXPRESS_STATE_MACHINE_ARN: z.string(),
    WEBHOOK_QUEUE_URL: name,
    UNDELIVERED_QUEUE_URL: name,
    UNPROCESSED_QUEUE_URL: name,
    UNPUSHED_QUEUE_URL: name,
    LOG_GROUPS: name,
  }),
};

type Functions = typeof functions;

/** Path of a function's file below `lambdas/`, without its ending. */
export type FunctionName = keyof Functions | `stages/${StageName}`;

/** A stage with a row of its own in the table of functions. */
export type StageWithVariables = {
  [Name in StageName]: `stages/${Name}` extends keyof Functions ? Name : never;
}[StageName];

type SchemaOf<Name extends FunctionName> = Name extends keyof Functions
  ? Functions[Name]
  : typeof stageVariables;

/** The variables of a function, as the stack sets them. */
export type VariablesOf<Name extends FunctionName> = z.input<SchemaOf<Name>>;

/** The variables of every stage. */
export type StageVariables = z.output<typeof stageVariables>;

/** Whether a stage needs more variables than every stage has. */
export const hasVariables = (name: StageName): name is StageWithVariables => `stages/${name}` in functions;

/** The schema of a function's variables. */
export function variablesSchema<Name extends FunctionName>(name: Name): SchemaOf<Name> {
  return (name in functions ? functions[name as keyof Functions] : stageVariables) as SchemaOf<Name>;
}

/**
 * Reads the variables of the running function.
 *
 * @throws ZodError when the deployment did not set one of them, or set one to a value that is not allowed
 */
export function environmentOf<Name extends FunctionName>(name: Name): z.output<SchemaOf<Name>> {
  return z.parse(variablesSchema(name), process.env) as z.output<SchemaOf<Name>>;
}
