import { etagOf, statusDocument } from '../../domain/job/status.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Clock } from '../ports/clock.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownedJob } from '../runtime/owned-job.ts';
import { retryAfter } from '../runtime/retry-after.ts';

export interface StatusPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly clock: Clock;
  /** `wss://…/live`. */
  readonly liveUrl: string;
}

/**
 * Reads a job's status. Responds with `304` when the client already has this version (RFC 9110, 13.1.2).
 *
 * @throws NotFound when the owner has no such job
 */
export function createStatus({ jobs, clock, liveUrl }: StatusPorts) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const job = await ownedJob(jobs, request);
    const etag = etagOf(job);
    const headers = {
      etag,
      'cache-control': 'private, no-cache',
      ...retryAfter(job, clock()),
    };
    if (matches(request.headers['if-none-match'], etag)) return { status: 304, headers };
    return { status: 200, headers, body: statusDocument(job, liveUrl) };
  };
}

/** Weak comparison, as `If-None-Match` requires. */
const matches = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((part) => ['*', etag, `W/${etag}`].includes(part.trim())) ?? false;

const environment = environmentOf('api/status');
export const handler = http(
  createStatus({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    clock: () => new Date(),
    liveUrl: environment.LIVE_URL,
  }),
);
