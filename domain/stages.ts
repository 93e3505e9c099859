/**
 * What can undo a stage, present or past. A job records the name when the stage begins, so a name stays here, and in
 * `lambdas/settlement/compensations.ts`, for as long as a job may need it, even if no row names it any more.
 */
export type CompensationName = 'refund-charge' | 'void-order';

/** How a stage is retried after a technical failure, before an operator has to step in. */
export interface RetryPolicy {
  /** Maximum number of attempts after the first. */
  readonly maxRetries: number;
  /** Pause before the first retry, in seconds. Full jitter is applied to every pause. */
  readonly intervalSeconds: number;
  /** Factor by which each pause is longer than the one before. */
  readonly backoffRate: number;
  /** Longest pause, in seconds. */
  readonly maxDelaySeconds: number;
}

/** One row of the stage table. */
export interface Stage {
  /** Name that clients see, and name of the file in `lambdas/stages/`. */
  readonly name: string;
  /** Name of the state in the Step Functions console. */
  readonly state: string;
  /** What the stage does, in one sentence, for documents and diagrams. */
  readonly purpose: string;
  /** Expected duration in milliseconds, until real durations have been learned. */
  readonly expectedMs: number;
  /** Learned 95th percentile of the duration, in milliseconds. */
  readonly slowMs?: number;
  /** Timeout of one attempt, in seconds. */
  readonly timeoutSeconds: number;
  readonly retry: RetryPolicy;
  /** What undoes the stage: a name in `lambdas/settlement/compensations.ts`. */
  readonly compensation?: CompensationName;
  /** A failure of this stage fails its step, not the order. */
  readonly bestEffort?: true;
}

export type StageTable = readonly Stage[];

/**
 * Pauses of 1, 2, 4, … seconds up to 15 minutes. The first eleven retries happen within 35 minutes, the others four
 * times an hour; with full jitter all of them take about four hours.
 */
const durable: RetryPolicy = { maxRetries: 40, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 900 };

/** A few minutes only: a confirmation that arrives half a day late is of no use. */
const brief: RetryPolicy = { maxRetries: 6, intervalSeconds: 2, backoffRate: 2, maxDelaySeconds: 60 };

/**
 * The stage table is the only place that lists the stages. The state machine, the status document, progress and
 * estimates are derived from it. To add a stage, add a row here and a file in `lambdas/stages/`.
 */
export const stages = [
  {
    name: 'validation',
    state: 'Validate order',
    purpose: 'Checks that the order can be fulfilled, which the request schema cannot.',
    expectedMs: 300,
    timeoutSeconds: 10,
    retry: durable,
  },
  {
    name: 'payment',
    state: 'Take payment',
    purpose: 'Charges the payment token once.',
    expectedMs: 1_500,
    timeoutSeconds: 20,
    retry: durable,
    compensation: 'refund-charge',
  },
  {
    name: 'order-creation',
    state: 'Create order',
    purpose: 'Turns the submission into an order.',
    expectedMs: 300,
    timeoutSeconds: 10,
    retry: durable,
    compensation: 'void-order',
  },
  {
    name: 'email',
    state: 'Send confirmation',
    purpose: 'Sends the confirmation e-mail to the customer.',
    expectedMs: 500,
    timeoutSeconds: 10,
    retry: brief,
    bestEffort: true,
  },
] as const satisfies StageTable;

/** Name of a stage in the stage table. */
export type StageName = (typeof stages)[number]['name'];

/**
 * Longest pause before the next attempt, in seconds. With full jitter the actual pause is shorter.
 *
 * @param retries - number of retries so far
 * @returns undefined when the retries are used up
 */
export function longestPauseSeconds(retry: RetryPolicy, retries: number): number | undefined {
  if (retries >= retry.maxRetries) return undefined;
  return Math.min(retry.maxDelaySeconds, retry.intervalSeconds * retry.backoffRate ** retries);
}

/** The row of a stage in the table. */
export const findStage = (stage: string, table: StageTable): Stage | undefined =>
  table.find((row) => row.name === stage);
