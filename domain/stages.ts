/** How long and how often a technical failure of a stage is repeated before an operator must look. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Pause before the first retry, in seconds; full jitter is applied to every pause. */
  readonly intervalSeconds: number;
  /** Factor from one pause to the next. */
  readonly backoffRate: number;
  /** Longest pause, in seconds. */
  readonly maxDelaySeconds: number;
}

/** One row of the stage table. */
export interface Stage {
  /** As clients see it, and the name of its function's file in `lambdas/stages/`. */
  readonly name: string;
  /** Name of its state in the Step Functions console. */
  readonly state: string;
  /** What it does, in one sentence, for documents and diagrams. */
  readonly purpose: string;
  /** Expected duration in milliseconds, until it has been learned. */
  readonly expectedMs: number;
  /** Duration in milliseconds that 95 of 100 do not exceed, once it has been learned. */
  readonly slowMs?: number;
  /** Longest duration of one attempt, in seconds. */
  readonly timeoutSeconds: number;
  readonly retry: RetryPolicy;
  /** What undoes it when the order cannot be completed: a name in `lambdas/compensations.ts`. */
  readonly compensation?: 'refund-charge' | 'void-order';
  /** Its failure fails its step, not the order. */
  readonly bestEffort?: true;
}

export type StageTable = readonly Stage[];

/**
 * Pauses of 1, 2, 4, … seconds up to 15 minutes: the first eleven retries are spent within 35 minutes, the remaining
 * ones follow four an hour, about four hours in all with full jitter.
 */
const durable: RetryPolicy = { maxRetries: 40, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 900 };

/** Worth a few minutes, not hours: nobody reads a confirmation that comes half a day late. */
const brief: RetryPolicy = { maxRetries: 6, intervalSeconds: 2, backoffRate: 2, maxDelaySeconds: 60 };

/**
 * THE stage table: the only place that lists the stages. The state machine, the status document, progress and estimates
 * follow from it. Adding a stage is one row here and one file in `lambdas/stages/`.
 */
export const stages = [
  {
    name: 'validation',
    state: 'Validate order',
    purpose: 'Checks what the request schema cannot: that the order can be fulfilled.',
    expectedMs: 300,
    timeoutSeconds: 10,
    retry: durable,
  },
  {
    name: 'payment',
    state: 'Take payment',
    purpose: 'Charges the payment token, once.',
    expectedMs: 1_500,
    timeoutSeconds: 20,
    retry: durable,
    compensation: 'refund-charge',
  },
  {
    name: 'order-creation',
    state: 'Create order',
    purpose: 'Turns the submitted order into an order record.',
    expectedMs: 300,
    timeoutSeconds: 10,
    retry: durable,
    compensation: 'void-order',
  },
  {
    name: 'email',
    state: 'Send confirmation',
    purpose: 'Mails the confirmation to the customer.',
    expectedMs: 500,
    timeoutSeconds: 10,
    retry: brief,
    bestEffort: true,
  },
] as const satisfies StageTable;

/** Name of a stage of the product's own table. */
export type StageName = (typeof stages)[number]['name'];

/**
 * Longest pause before the next attempt, in seconds; full jitter makes the real one shorter.
 *
 * @param retries - retries so far
 * @returns undefined when the retries are used up
 */
export function longestPauseSeconds(retry: RetryPolicy, retries: number): number | undefined {
  if (retries >= retry.maxRetries) return undefined;
  return Math.min(retry.maxDelaySeconds, retry.intervalSeconds * retry.backoffRate ** retries);
}

/** The row of a stage. */
export const rowOf = (stage: string, table: StageTable): Stage | undefined =>
  table.find((row) => row.name === stage);
