import * as z from 'zod/mini';
import { JobError, StatusDocument, Step } from '../protocol/protocol.ts';
import { publicFields } from '../protocol/public-fields.ts';
import { shownEstimate } from './estimate.ts';
import { type Job, orderIdOf } from './job.ts';

/** Where clients reach the two APIs. */
export interface PublicUrls {
  /** Base of the HTTP API's URLs, without a slash at its end: `https://api.example.com/v1`, or a path. */
  readonly api: string;
  /** The WebSocket API: `wss://…/live`. */
  readonly live: string;
}

/** The status document for readers who may know how a job stands but may not watch it. */
export const StatusWithoutTicket = z.omit(StatusDocument, { updatesUrl: true });
export type StatusWithoutTicket = z.infer<typeof StatusWithoutTicket>;

/** URL of a job's status. */
export const statusUrlOf = (jobId: string, { api }: Pick<PublicUrls, 'api'>): string =>
  `${api}/orders/status/${jobId}`;

/** URL of an order. */
export const orderUrlOf = (orderId: string, { api }: Pick<PublicUrls, 'api'>): string =>
  `${api}/orders/${orderId}`;

/** URL at which a client watches the job: the WebSocket API, with the job's ticket. */
export const updatesUrlOf = (
  { jobId, ticket }: Pick<Job, 'jobId' | 'ticket'>,
  { live }: Pick<PublicUrls, 'live'>,
): string => `${live}?${new URLSearchParams({ jobId, ticket })}`;

/**
 * The document that the HTTP API and the WebSocket API send alike. It never holds what the client submitted.
 *
 * @param now - time of reading, after which the estimate lies
 */
export function statusDocument(job: Job, urls: PublicUrls, now: Date): StatusDocument {
  return { ...statusWithoutTicket(job, urls, now), updatesUrl: updatesUrlOf(job, urls) };
}

/** {@link StatusWithoutTicket} of a job: its public fields and what follows from them. */
export function statusWithoutTicket(job: Job, urls: Pick<PublicUrls, 'api'>, now: Date): StatusWithoutTicket {
  const orderId = orderIdOf(job.jobId);
  return publicFields(StatusWithoutTicket, {
    ...job,
    steps: job.steps.map((step) => publicFields(Step, step)),
    error: job.error && publicFields(JobError, job.error),
    estimatedCompletion: shownEstimate(job, now)?.estimatedCompletion,
    progress: progressOf(job),
    ...(job.status === 'completed' && { result: { orderId, orderUrl: orderUrlOf(orderId, urls) } }),
  });
}

/** Completed stages over all stages, in whole per cent; 100 only when the job is completed. */
export function progressOf(job: Pick<Job, 'status' | 'steps' | 'reached'>): number {
  if (job.status === 'completed') return 100;
  const done = job.steps.filter(hasCompleted).length;
  return Math.max(job.reached ?? 0, Math.min(99, Math.round((done / job.steps.length) * 100)));
}

/** Whether a stage completed, even if it was undone later. */
const hasCompleted = ({ status, completedAt }: Step): boolean =>
  status === 'completed' || (status === 'compensated' && completedAt !== undefined);

/**
 * Strong validator of the status document (RFC 9110, 8.8.3). It changes with the version, and when the estimate of an
 * overdue job moves.
 */
export function etagOf(job: Job, now: Date): string {
  const { moves = 0 } = shownEstimate(job, now) ?? {};
  return `"${[job.jobId, job.version, ...(moves > 0 ? [moves] : [])].join('.')}"`;
}
