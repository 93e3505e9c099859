import * as z from 'zod/mini';
import { type PublicUrls, statusDocument } from '../../domain/job/status.ts';
import { InvalidFields } from '../../domain/protocol/errors.ts';
import { fieldErrors } from '../../domain/protocol/field-errors.ts';
import { type JobPage, JobQuery } from '../../domain/protocol/protocol.ts';
import { createJobHistory } from '../adapters/job-history.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobHistory } from '../ports/job-history.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';

export interface HistoryPorts {
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly urls: PublicUrls;
}

/**
 * Lists the caller's jobs, newest first.
 *
 * @throws InvalidFields when a query parameter is unknown or invalid
 */
export function createHistory({ history, clock, urls }: HistoryPorts) {
  return async ({ owner, query }: HttpRequest): Promise<HttpResponse> => {
    const parsed = z.safeParse(JobQuery, query);
    if (!parsed.success) throw new InvalidFields(fieldErrors(parsed.error.issues));

    const page = await history.list({ owner, ...parsed.data });
    const now = clock();
    const body: JobPage = {
      items: page.jobs.map((job) => statusDocument(job, urls, now)),
      ...(page.cursor && { nextCursor: page.cursor }),
    };
    return { status: 200, body };
  };
}

const environment = environmentOf('api/history');
export const handler = http(
  createHistory({
    history: createJobHistory({
      table: environment.JOBS_TABLE,
      byOwnerIndex: environment.JOBS_BY_OWNER_INDEX,
    }),
    clock: () => new Date(),
    urls: { api: environment.API_URL, live: environment.LIVE_URL },
  }),
);
