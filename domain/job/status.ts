import * as z from 'zod/mini';
import { basePath, JobError, StatusDocument, Step } from '../protocol/protocol.ts';
import { publicFields } from '../protocol/public-fields.ts';
import { type Job, orderIdOf } from './job.ts';

/** The status document for readers who may know how a job stands but may not watch it. */
export const StatusWithoutTicket = z.omit(StatusDocument, { updatesUrl: true });
export type StatusWithoutTicket = z.infer<typeof StatusWithoutTicket>;

/** Path of a job's status. */
export const statusUrlOf = (jobId: string): string => `${basePath}/orders/status/${jobId}`;

/** Path of an order. */
export const orderUrlOf = (orderId: string): string => `${basePath}/orders/${orderId}`;

/**
 * URL at which a client watches the job: the WebSocket API, with the job's ticket.
 *
 * @param liveUrl - `wss://…/live`
 */
export const updatesUrlOf = (job: Pick<Job, 'jobId' | 'ticket'>, liveUrl: string): string =>
  `${liveUrl}?${new URLSearchParams({ jobId: job.jobId, ticket: job.ticket })}`;

/**
 * The document that the HTTP API and the WebSocket API send alike. It never holds what the client submitted.
 *
 * @param liveUrl - `wss://…/live`
 */
export function statusDocument(job: Job, liveUrl: string): StatusDocument {
  return { ...statusWithoutTicket(job), updatesUrl: updatesUrlOf(job, liveUrl) };
}

/** {@link StatusWithoutTicket} of a job: its public fields and what follows from them. */
export function statusWithoutTicket(job: Job): StatusWithoutTicket {
  const orderId = orderIdOf(job.jobId);
  return publicFields(StatusWithoutTicket, {
    ...job,
    steps: job.steps.map((step) => publicFields(Step, step)),
    error: job.error && publicFields(JobError, job.error),
    progress: progressOf(job),
    ...(job.status === 'completed' && { result: { orderId, orderUrl: orderUrlOf(orderId) } }),
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

/** Strong validator of the status document (RFC 9110, 8.8.3). It changes exactly when the version does. */
export const etagOf = (job: Pick<Job, 'jobId' | 'version'>): string => `"${job.jobId}.${job.version}"`;
