import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Job } from '../../../domain/job/job.ts';
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
  owner,
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
    'shows a job that is $status as it is',
    async (job) => {
      await create(jobs, job);

      expect((await jobs.list({ owner, limit: 1 })).jobs).toEqual([job]);
    },
  );
});

describe("a list of an owner's jobs in DynamoDB alone", () => {
  let jobs: Ports;
  beforeEach(async () => {
    jobs = await inDynamoDb();
    await create(jobs, ...upTo(20).map((n) => ({ ...(n % 2 ? aJob() : aDeclinedJob()), jobId: idOf(n) })));
  });
  afterEach(() => {
    dynamodb.limitPages(undefined);
    dynamodb.limitBatches(undefined);
  });

  it('takes two calls for each page: one for the ids, one for the jobs', async () => {
    const operations = async (query: object) =>
      (await dynamodb.callsOf(() => jobs.list({ owner, limit: 5, ...query }))).map((call) => call.operation);

    expect(await operations({})).toEqual(['Query', 'BatchGetItem']);
    expect(await operations({ status: 'failed' })).toEqual(['Query', 'BatchGetItem']);
    expect(await operations({ owner: 'nobody' })).toEqual(['Query']);
  });

  it('is complete, and newest first, when DynamoDB reads only a part of a batch', async () => {
    dynamodb.limitBatches(4);

    expect(await pagesOf(jobs, { owner, limit: 20 })).toEqual([upTo(20).map(idOf).reverse()]);
  });

  it('fails rather than leave jobs out, when DynamoDB reads none of a batch time after time', async () => {
    dynamodb.limitBatches(2);

    await expect(jobs.list({ owner, limit: 20 })).rejects.toThrow(
      'DynamoDB did not read 8 jobs of a history.',
    );
  });

  it('has a page of the longest length, which is more than one batch', async () => {
    const many = upTo(150).map((n) => idOf(20 + n));
    await create(jobs, ...many.map((jobId) => aJob({ jobId, owner: 'grace' })));

    const pages = await pagesOf(jobs, { owner: 'grace', limit: 100 });

    expect(pages.map((page) => page.length)).toEqual([100, 50]);
    expect(pages.flat()).toEqual(many.reverse());
  });

  it('shows how a job stands now, not how it stood when it was listed first', async () => {
    const [job] = (await jobs.list({ owner, limit: 1 })).jobs;
    const changed = await jobs.change(job as Job, (current) => ({ ...current, version: 9 }));

    expect((await jobs.list({ owner, limit: 1 })).jobs).toEqual([changed]);
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

    expect(calls.filter(({ operation }) => operation === 'Query')).toHaveLength(10);
  });
});
