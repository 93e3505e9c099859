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

/** A webhook to send: one end of a job. A job that is redriven ends more than once, each time at a new version. */
export const DueWebhook = z.object({ jobId: z.string(), version: z.int() });
export type DueWebhook = Readonly<z.infer<typeof DueWebhook>>;

/** The `webhook-id` header. It holds no dots, because the signed content is joined with dots. */
export const webhookIdOf = ({ jobId, version }: DueWebhook): string => `${jobId}_${version}`;

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

/** Maximum number of attempts when the receiver rejects the request: a person has to fix that, waiting does not. */
export const maxRefusedAttempts = 3;

/**
 * Seconds to wait after a failed attempt.
 *
 * @param attempt - counts from 1
 * @returns 0 after the last attempt
 */
export const retryDelaySeconds = (attempt: number): number => retryDelays[attempt - 1] ?? 0;
