import type { JobFilter, OperatorJob } from '../../domain/operator/operator-protocol.ts';
import type { Operate } from './operator-function.ts';

/**
 * Lists jobs page by page, the newest first.
 *
 * @param limit - number of jobs after which no further page is read
 */
export async function findAll(
  operate: Operate,
  filter: JobFilter,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ readonly jobs: readonly OperatorJob[]; readonly hasMore: boolean }> {
  const found = new Map<string, OperatorJob>();
  let cursor: string | undefined;
  do {
    const page = await operate({ action: 'list', filter, ...(cursor !== undefined && { cursor }) });
    // A job may move while the pages are read, and so be on two of them.
    for (const job of page.jobs) found.set(job.jobId, job);
    cursor = page.cursor;
  } while (cursor !== undefined && found.size < limit);
  const jobs = [...found.values()].sort((one, other) => (one.jobId < other.jobId ? 1 : -1));
  return { jobs: jobs.slice(0, limit), hasMore: cursor !== undefined || jobs.length > limit };
}
