import * as z from 'zod/mini';

const name = z.string().check(z.minLength(1));
const number = z.pipe(
  name,
  z.transform((value: string) => Number(value)),
);

const payments = {
  PAYMENT_PROVIDER: z.enum(['sandbox', 'stripe']),
  LEDGER_TABLE: z.optional(name),
  STRIPE_SECRET_ARN: z.optional(name),
};
const stage = { JOBS_TABLE: name, ORDERS_TABLE: name, STATISTICS_TABLE: name };

/**
 * The environment variables of each function. The stack sets exactly these, and the function parses them once when it
 * is loaded, so that a missing variable is an error of the deployment.
 */
export const environments = {
  accept: z.object({
    JOBS_TABLE: name,
    IDEMPOTENCY_TABLE: name,
    IDEMPOTENCY_RETENTION_DAYS: number,
    STATISTICS_TABLE: name,
    ORDERS_TABLE: name,
    STATE_MACHINE_ARN: name,
    LIVE_URL: name,
    JOB_RETENTION_DAYS: number,
  }),
  status: z.object({ JOBS_TABLE: name, LIVE_URL: name }),
  history: z.object({ JOBS_TABLE: name, JOBS_BY_OWNER_INDEX: name, LIVE_URL: name }),
  order: z.object({ ORDERS_TABLE: name }),
  cancel: z.object({ JOBS_TABLE: name, STATE_MACHINE_ARN: name, LIVE_URL: name }),
  redrive: z.object({ JOBS_TABLE: name, STATE_MACHINE_ARN: name, LIVE_URL: name }),
  openapi: z.object({}),
  connect: z.object({ JOBS_TABLE: name }),
  messages: z.object({ JOBS_TABLE: name, LIVE_URL: name, CONNECTIONS_URL: name }),
  push: z.object({ JOBS_TABLE: name, LIVE_URL: name, CONNECTIONS_URL: name }),
  /** The variables of every stage. A stage that needs more has an entry of its own name. */
  stage: z.object(stage),
  payment: z.object({ ...stage, ...payments }),
  email: z.object({ ...stage, MAIL_SENDER: name }),
  settlement: z.object({ JOBS_TABLE: name, ORDERS_TABLE: name, ...payments }),
  bookkeeping: z.object({
    JOBS_TABLE: name,
    STATISTICS_TABLE: name,
    STATE_MACHINE_ARN: name,
    CALLBACK_QUEUE_URL: name,
  }),
  reconcile: z.object({
    JOBS_TABLE: name,
    OPEN_JOBS_INDEX: name,
    STATE_MACHINE_ARN: name,
    PATIENCE_SECONDS: number,
  }),
  webhooks: z.object({
    JOBS_TABLE: name,
    ORDERS_TABLE: name,
    CALLBACK_QUEUE_URL: name,
    UNDELIVERED_QUEUE_URL: name,
    WEBHOOK_SECRET_ARN: name,
  }),
};

export type FunctionName = keyof typeof environments;

/** The variables of one function, as the stack sets them. */
export type VariablesOf<Name extends FunctionName> = z.input<(typeof environments)[Name]>;

/**
 * The variables of one function.
 *
 * @throws ZodError when the deployment did not set one of them
 */
export function environmentOf<Name extends FunctionName>(name: Name): z.output<(typeof environments)[Name]> {
  return z.parse(environments[name], process.env) as z.output<(typeof environments)[Name]>;
}
