import { isTerminal, type Job } from '../../domain/job/job.ts';
import { etagOf, type PublicUrls, statusDocument } from '../../domain/job/status.ts';
import { createChanges } from '../adapters/changes.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Changes } from '../ports/changes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';
import { ownedJob } from '../runtime/owned-job.ts';
import { preferredWait } from '../runtime/prefer-wait.ts';
import { retryAfter } from '../runtime/retry-after.ts';
import { logger } from '../runtime/telemetry.ts';

export interface StatusPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly urls: PublicUrls;
  /** Longest wait for a change, in seconds; 0 for none. */
  readonly maxWaitSeconds: number;
}

/**
 * Reads a job's status. Responds with `304` when the client already has this version (RFC 9110, 13.1.2). With
 * `Prefer: wait=N` the response waits for a change that the client does not know yet.
 *
 * @throws NotFound when the owner has no such job
 */
export function createStatus({ jobs, changes, clock, urls, maxWaitSeconds }: StatusPorts) {
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const { 'if-none-match': known, prefer } = request.headers;
    const seconds = preferredWait(prefer, maxWaitSeconds);
    let job = await ownedJob(jobs, request);
    let applied = seconds > 0;
    if (applied && !isTerminal(job) && (known === undefined || matches(known, etagOf(job, clock())))) {
      applied = await awaitChange(job, seconds);
      job = await ownedJob(jobs, request);
    }
    const now = clock();
    const etag = etagOf(job, now);
    const headers = {
      etag,
      'cache-control': 'private, no-cache',
      ...retryAfter(job, now),
      ...(applied && { 'preference-applied': `wait=${seconds}` }),
    };
    if (matches(known, etag)) return { status: 304, headers };
    return { status: 200, headers, body: statusDocument(job, urls, now) };
  };

  /** @returns false when the job could not be watched */
  async function awaitChange(job: Job, seconds: number): Promise<boolean> {
    try {
      await changes.next(job, AbortSignal.timeout(seconds * 1_000));
      return true;
    } catch (error) {
      logger.warn('Failed to wait for a change', { jobId: job.jobId, error: error as Error });
      return false;
    }
  }
}

/** Weak comparison, as `If-None-Match` requires. */
const matches = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((part) => ['*', etag, `W/${etag}`].includes(part.trim())) ?? false;

const environment = environmentOf('api/status');
export const handler = http(
  createStatus({
    jobs: createJobs({ table: environment.JOBS_TABLE }),
    changes: createChanges({ liveUrl: environment.STAGE_LIVE_URL }),
    clock: () => new Date(),
    urls: { api: environment.API_URL, live: environment.LIVE_URL },
    maxWaitSeconds: environment.MAX_WAIT_SECONDS,
  }),
);
