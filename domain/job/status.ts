import { basePath, type StatusDocument } from '../protocol/protocol.ts';
import { type Job, orderIdOf, type Step } from './job.ts';

/** Path of a job's status. */
export const statusUrlOf = (jobId: string): string => `${basePath}/orders/status/${jobId}`;

/** Path of an order. */
export const orderUrlOf = (orderId: string): string => `${basePath}/orders/${orderId}`;

/**
 * Where a job is watched: the WebSocket API, with the job's ticket.
 *
 * @param liveUrl - `wss://…/live`
 */
export const updatesUrlOf = (job: Pick<Job, 'jobId' | 'ticket'>, liveUrl: string): string =>
  `${liveUrl}?${new URLSearchParams({ jobId: job.jobId, ticket: job.ticket })}`;

/**
 * The document that clients see, whichever way they ask. It never holds what the client sent.
 *
 * @param liveUrl - `wss://…/live`
 */
export function statusDocument(job: Job, liveUrl: string): StatusDocument {
  return { ...statusWithoutTicket(job), updatesUrl: updatesUrlOf(job, liveUrl) };
}

/** The document for readers who may know how a job stands, but not watch it. */
export function statusWithoutTicket(job: Job): Omit<StatusDocument, 'updatesUrl'> {
  const { owner: _, ticket: __, cancelRequested: ___, callback: ____, outcome: _____, ...visible } = job;
  const orderId = orderIdOf(visible.jobId);
  return {
    ...visible,
    steps: [...visible.steps],
    progress: progressOf(visible),
    ...(visible.status === 'completed' && { result: { orderId, orderUrl: orderUrlOf(orderId) } }),
  };
}

/** Completed stages over all stages in whole per cent; 100 only when the job is completed. */
export function progressOf(job: Pick<Job, 'status' | 'steps'>): number {
  if (job.status === 'completed') return 100;
  const done = job.steps.filter(hasCompleted).length;
  return Math.min(99, Math.round((done / job.steps.length) * 100));
}

/** Whether a stage completed, also where that was undone later. */
const hasCompleted = ({ status, completedAt }: Step): boolean =>
  status === 'completed' || (status === 'compensated' && completedAt !== undefined);

/** Strong validator of the status document (RFC 9110, 8.8.3): it changes exactly when the version does. */
export const etagOf = (job: Pick<Job, 'jobId' | 'version'>): string => `"${job.jobId}.${job.version}"`;
