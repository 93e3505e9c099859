import * as z from 'zod/mini';
import { StatusDocument } from '../protocol/protocol.ts';
import { isTerminal, type Job } from './job.ts';
import { statusWithoutTicket } from './status.ts';

/** What a webhook carries: how a job ended. The ticket stays at home: it would let its bearer watch. */
export const WebhookEvent = z.strictObject({
  type: z.enum(['order.completed', 'order.failed', 'order.cancelled']),
  /** When the job ended. */
  timestamp: z.iso.datetime(),
  data: z.omit(StatusDocument, { updatesUrl: true }),
});
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/** A callback that is due: one end of a job. A job that is redriven ends more than once, each time at a new version. */
export interface Callback {
  readonly jobId: string;
  readonly version: number;
}

/** The webhook's id. Receivers sign over it with dots as separators, so it holds none. */
export const webhookIdOf = ({ jobId, version }: Callback): string => `${jobId}_${version}`;

/** The end of a job as a webhook; undefined while the job has not ended. */
export function webhookEventOf(job: Job): WebhookEvent | undefined {
  if (!isTerminal(job)) return undefined;
  const type = `order.${job.status}` as WebhookEvent['type'];
  return { type, timestamp: job.updatedAt, data: statusWithoutTicket(job) };
}

/** Seconds from each attempt that failed to the next: half a minute at first, about a day in all. */
const retryDelays = [30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];

/** Attempts at most, the first one included. */
export const maxAttempts = retryDelays.length + 1;

/** Attempts at most where the receiver says that the request is wrong: a person has to mend that, not time. */
export const maxRefusedAttempts = 3;

/**
 * How long to wait after an attempt that failed.
 *
 * @param attempt - counts from 1; after the last one there is nothing to wait for
 */
export const retryDelaySeconds = (attempt: number): number => retryDelays[attempt - 1] ?? 0;
