import type { StatusDocument } from './protocol.ts';

const statuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'];

/** Whether an answer is the status of a job. The API compares ids without regard to case. */
export const isStatusOf =
  (jobId: string) =>
  (answer: Partial<StatusDocument>): boolean =>
    String(answer.jobId).toLowerCase() === jobId.toLowerCase() &&
    typeof answer.version === 'number' &&
    statuses.includes(answer.status ?? '');
