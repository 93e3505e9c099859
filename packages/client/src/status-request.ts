import type { ApiRequest } from './http.ts';
import { terminal } from './is-terminal.ts';
import type { StatusDocument } from './protocol.ts';

const statuses = ['queued', 'processing', ...terminal];

/** Asks for the status of a job. The API compares ids without regard to case. */
export const statusRequest = (jobId: string): ApiRequest<StatusDocument> => ({
  path: `/orders/status/${encodeURIComponent(jobId)}`,
  is: (answer) =>
    `${answer.jobId}`.toLowerCase() === jobId.toLowerCase() &&
    typeof answer.version === 'number' &&
    statuses.includes(`${answer.status}`),
});
