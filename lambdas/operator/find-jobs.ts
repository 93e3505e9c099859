import { isRedrivable, type Job } from '../../domain/job/job.ts';
import {
  type JobFilter,
  maxPage,
  type OperatorResults,
  type RequestFor,
} from '../../domain/operator/operator-protocol.ts';
import { CannotList } from '../../domain/protocol/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobHistory } from '../ports/job-history.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { OpenJobs } from '../ports/open-jobs.ts';
import type { OrderSearch } from '../ports/order-search.ts';
import { operatorJob } from './operator-job.ts';

export interface FindJobsPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly openJobs: Pick<OpenJobs, 'page'>;
  readonly history: JobHistory;
  readonly orderSearch: OrderSearch;
  readonly clock: Clock;
}

interface Page {
  readonly jobs: readonly Job[];
  readonly cursor?: string | undefined;
}

/**
 * Lists jobs through an index, never by a scan: by e-mail address, by reference or by owner; otherwise those that have
 * not ended for good. A page may have no jobs although there is another one.
 *
 * @throws CannotList when no index holds what is asked for
 */
export function createFindJobs({ jobs, openJobs, history, orderSearch, clock }: FindJobsPorts) {
  return async ({ filter, cursor }: RequestFor<'list'>): Promise<OperatorResults['list']> => {
    const page = await candidates(filter, cursor);
    return {
      jobs: page.jobs.filter((job) => matches(job, filter)).map((job) => operatorJob(job, clock())),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
    };
  };

  async function candidates(filter: JobFilter, cursor: string | undefined): Promise<Page> {
    const { email, reference, owner, status } = filter;
    if (email !== undefined && reference !== undefined)
      throw new CannotList('Search by e-mail address or by reference, not by both.');
    if (email !== undefined) return ofOrders('email', email, cursor);
    if (reference !== undefined) return ofOrders('reference', reference, cursor);
    if (owner !== undefined) return history.list({ owner, status, limit: maxPage, cursor });
    if (status === 'completed' || status === 'cancelled')
      throw new CannotList(
        `No index holds all ${status} jobs. Add an owner, a reference or an e-mail address to find them.`,
      );
    const page = await openJobs.page(maxPage, cursor);
    return { ...page, jobs: await read(page.jobIds) };
  }

  async function ofOrders(
    by: 'email' | 'reference',
    value: string,
    cursor: string | undefined,
  ): Promise<Page> {
    const page = await orderSearch.find({ by, value, limit: maxPage, cursor });
    return { ...page, jobs: await read(page.orderIds.map((orderId) => orderId.replace(/^ord_/, ''))) };
  }

  async function read(jobIds: readonly string[]): Promise<readonly Job[]> {
    const found = await Promise.all(jobIds.map((jobId) => jobs.get(jobId)));
    return found.filter((job) => job !== undefined);
  }
}

const matches = (job: Job, { status, stage, since, owner, redrivable }: JobFilter): boolean =>
  (status === undefined || job.status === status) &&
  (stage === undefined || (job.error?.stage ?? job.stage) === stage) &&
  (since === undefined || Date.parse(job.updatedAt) >= Date.parse(since)) &&
  (owner === undefined || job.owner === owner) &&
  (redrivable === undefined || isRedrivable(job));
