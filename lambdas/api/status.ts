import { etagOf, statusDocument } from '../../domain/job/status.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Clock, Jobs } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownJob } from '../runtime/own-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';

export interface StatusPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly clock: Clock;
  /** `wss://…/live`. */
  readonly liveUrl: string;
}

/**
 * Reads a job's status; `304` when the client has this version already (RFC 9110, 13.1.2).
 *
 * @throws NotFound for an unknown job and for another owner's
 */
export function createStatus({ jobs, clock, liveUrl }: StatusPorts) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const job = await ownJob(jobs, request);
    const etag = etagOf(job);
    const fresh = {
      etag,
      'cache-control': 'private, no-cache',
      ...retryAfter(job, clock()),
    };
    if (matches(request.headers['if-none-match'], etag)) return { status: 304, headers: fresh };
    return { status: 200, headers: fresh, body: statusDocument(job, liveUrl) };
  };
}

/** Weak comparison, as If-None-Match asks for. */
const matches = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((part) => ['*', etag, `W/${etag}`].includes(part.trim())) ?? false;

const environment = environmentOf('status');
export const handler = http(
  createStatus({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    clock: () => new Date(),
    liveUrl: environment.LIVE_URL,
  }),
);
