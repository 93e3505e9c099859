import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Job } from '../../../domain/job/job.ts';
import { statusDocument } from '../../../domain/job/status.ts';
import { createJobHistory } from '../../../lambdas/adapters/job-history.ts';
import { createJobs } from '../../../lambdas/adapters/jobs.ts';
import type { JobHistory, JobHistoryQuery } from '../../../lambdas/ports/job-history.ts';
import type { Jobs } from '../../../lambdas/ports/jobs.ts';
import { jobsByOwner } from '../../../lib/order-tables.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  now,
  owner,
  urls,
} from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryJobs } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

type Ports = Jobs & JobHistory;

async function inDynamoDb(): Promise<Ports> {
  const table = await dynamodb.createTable('Jobs');
  return { ...createJobs({ table }), ...createJobHistory({ table, byOwnerIndex: jobsByOwner }) };
}

/** The nth job id: ids sort by age. */
const idOf = (n: number) => `${jobId.slice(0, -2)}${n.toString(16).padStart(2, '0')}`;
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const idsOf = (jobs: readonly Job[]) => jobs.map((job) => job.jobId);

async function create(jobs: Jobs, ...present: readonly Job[]): Promise<void> {
  await Promise.all(present.map((job) => jobs.create(job)));
}

/** Ids on each page, as a client reads one after the other. */
async function pagesOf(jobs: JobHistory, query: JobHistoryQuery): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const list = await jobs.list({ ...query, cursor });
    pages.push(idsOf(list.jobs));
    cursor = list.cursor;
    if (cursor === undefined) return pages;
  }
}

describe.each<[string, () => Promise<Ports>]>([
  ['in memory', async () => memoryJobs()],
  ['in DynamoDB', inDynamoDb],
])("a list of an owner's jobs %s", (_, open) => {
  let jobs: Ports;
  beforeEach(async () => {
    jobs = await open();
  });

  it("starts with the newest and does not contain other owners' jobs", async () => {
    await create(jobs, ...upTo(3).map((n) => aJob({ jobId: idOf(n) })));
    await create(jobs, aJob({ jobId: idOf(3), owner: 'grace' }));

    expect(await pagesOf(jobs, { owner, limit: 20 })).toEqual([[idOf(2), idOf(1), idOf(0)]]);
    expect(await pagesOf(jobs, { owner: 'nobody', limit: 20 })).toEqual([[]]);
  });

  it('contains only jobs of the requested status', async () => {
    await create(jobs, aJob({ jobId: idOf(1) }), { ...aDeclinedJob(), jobId: idOf(2) });
    await create(jobs, { ...aDeclinedJob(), jobId: idOf(3) }, { ...aCompletedJob(), jobId: idOf(4) });

    expect(await pagesOf(jobs, { owner, status: 'failed', limit: 20 })).toEqual([[idOf(3), idOf(2)]]);
  });

  it.each([
    [5, [2, 2, 1]],
    [4, [2, 2]],
    [1, [1]],
  ])('of %d jobs has pages of %j and a cursor to each next page', async (count, sizes) => {
    await create(jobs, ...upTo(count).map((n) => aJob({ jobId: idOf(n) })));

    const pages = await pagesOf(jobs, { owner, limit: 2 });

    expect(pages.map((page) => page.length)).toEqual(sizes);
    expect(pages.flat()).toEqual(upTo(count).map(idOf).reverse());
  });

  it('fills its pages with jobs of the requested status', async () => {
    const failed = (n: number) => n % 3 !== 0;
    await create(jobs, ...upTo(9).map((n) => ({ ...(failed(n) ? aDeclinedJob() : aJob()), jobId: idOf(n) })));

    expect(await pagesOf(jobs, { owner, status: 'failed', limit: 2 })).toEqual([
      [idOf(8), idOf(7)],
      [idOf(5), idOf(4)],
      [idOf(2), idOf(1)],
    ]);
  });

  it.each([aJobAt('payment'), aCompletedJob(), anExhaustedJob()])(
    'shows the status of a job that is $status, without internal attributes',
    async (job) => {
      const error = { code: 'cancelled', message: 'Cancelled.', stage: 'payment', redrivable: false };
      const outcome = { status: 'cancelled' as const, error };
      await create(jobs, { ...job, redriven: true, outcome });

      const [listed] = (await jobs.list({ owner, limit: 1 })).jobs;

      expect(statusDocument(listed as Job, urls, now)).toEqual(statusDocument(job, urls, now));
      expect(listed).not.toHaveProperty('redriven');
      expect(listed).not.toHaveProperty('outcome');
    },
  );
});

describe("a list of an owner's jobs in DynamoDB alone", () => {
  let jobs: Ports;
  beforeEach(async () => {
    jobs = await inDynamoDb();
    await create(jobs, ...upTo(20).map((n) => ({ ...(n % 2 ? aJob() : aDeclinedJob()), jobId: idOf(n) })));
  });
  afterEach(() => dynamodb.limitPages(undefined));

  it('takes one call for each page', async () => {
    expect(await dynamodb.callsOf(() => jobs.list({ owner, limit: 5 }))).toHaveLength(1);
    expect(await dynamodb.callsOf(() => jobs.list({ owner, status: 'failed', limit: 5 }))).toHaveLength(1);
  });

  it('is complete, wherever DynamoDB ends a page', async () => {
    dynamodb.limitPages(1);

    const queued = upTo(20).filter((n) => n % 2);
    expect((await pagesOf(jobs, { owner, limit: 3 })).flat()).toEqual(upTo(20).map(idOf).reverse());
    expect((await pagesOf(jobs, { owner, status: 'queued', limit: 3 })).flat()).toEqual(
      queued.map(idOf).reverse(),
    );
  });

  it('returns a cursor after ten calls that found nothing', async () => {
    dynamodb.limitPages(1);

    const calls = await dynamodb.callsOf(async () => {
      const list = await jobs.list({ owner, status: 'completed', limit: 2 });
      expect(list).toEqual({ jobs: [], cursor: idOf(10) });
    });

    expect(calls).toHaveLength(10);
  });
});
