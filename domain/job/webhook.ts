import * as z from 'zod/mini';
import { isTerminal, type Job } from './job.ts';
import { type PublicUrls, StatusWithoutTicket, statusWithoutTicket } from './status.ts';

/** Body of a webhook: how a job ended. It has no ticket, because a ticket would let the receiver watch the job. */
export const WebhookEvent = z.strictObject({
  type: z.enum(['order.completed', 'order.failed', 'order.cancelled']),
  /** When the job ended. */
  timestamp: z.iso.datetime(),
  data: StatusWithoutTicket,
});
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/**
 * A webhook to send: one end of a job. A job that is redriven ends more than once, each time at a new version. `attempt`
 * counts from 1. `delaySeconds` is the rest of the wait before that attempt, because a queue delays a message for
 * 15 minutes at most. `owner` is the job's.
 */
export const DueWebhook = z.object({
  jobId: z.string(),
  version: z.int(),
  owner: z.optional(z.string()),
  attempt: z._default(z.int().check(z.gte(1)), 1),
  delaySeconds: z._default(z.int().check(z.gte(0)), 0),
});
export type DueWebhook = Readonly<z.infer<typeof DueWebhook>>;

/** The `webhook-id` header. It holds no dots, because the signed content is joined with dots. */
export const webhookIdOf = ({ jobId, version }: Pick<DueWebhook, 'jobId' | 'version'>): string =>
  `${jobId}_${version}`;

/** The webhook that reports how a job ended; undefined while the job has not ended. */
export function webhookEventOf(job: Job, urls: Pick<PublicUrls, 'api'>): WebhookEvent | undefined {
  if (!isTerminal(job)) return undefined;
  const { status, updatedAt: timestamp } = job;
  const type = `order.${status}` as WebhookEvent['type'];
  return { type, timestamp, data: statusWithoutTicket(job, urls, new Date(timestamp)) };
}

/** Seconds from each failed attempt to the next one: half a minute at first, about a day in total. */
const retryDelays = [30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];

/** Maximum number of attempts, including the first. */
export const maxAttempts = retryDelays.length + 1;

/** Longest wait between two attempts, in seconds, whatever the receiver asks for. */
export const maxRetryDelaySeconds = Math.max(...retryDelays);

/** Maximum number of attempts when the receiver rejects the request: a person has to fix that, waiting does not. */
const maxRefusedAttempts = 3;

/** How an attempt failed. */
export interface FailedAttempt {
  /** Whether the receiver, or its address, was refused, so that only a person can fix it. */
  readonly refused: boolean;
  /** Seconds that the receiver asks to be left alone. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * The next attempt after one that failed: after the delay of the schedule, or later if the receiver asks for it.
 *
 * @returns undefined after the last attempt
 */
export function retryOf(
  webhook: DueWebhook,
  { refused, retryAfterSeconds = 0 }: FailedAttempt,
): DueWebhook | undefined {
  const { attempt } = webhook;
  const delay = retryDelays[attempt - 1];
  if (delay === undefined || (refused && attempt >= maxRefusedAttempts)) return undefined;
  const delaySeconds = Math.min(Math.max(delay, retryAfterSeconds), maxRetryDelaySeconds);
  return { ...webhook, attempt: attempt + 1, delaySeconds };
}

/**
 * Timeout of an attempt, in milliseconds, from resolving the host name to the status of the response. It is short at
 * first, so that receivers that hang leave room for the others, and longer for retries, which have a queue of their own.
 */
export const timeoutMsOf = ({ attempt }: Pick<DueWebhook, 'attempt'>): number =>
  attempt === 1 ? 5_000 : maxTimeoutMs;

/** Longest timeout of an attempt, in milliseconds. */
export const maxTimeoutMs = 15_000;
