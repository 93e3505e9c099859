import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Job } from '../../../domain/job/job.ts';
import { createJobs } from '../../../lambdas/adapters/jobs.ts';
import { createOpenJobs } from '../../../lambdas/adapters/open-jobs.ts';
import type { Jobs } from '../../../lambdas/ports/jobs.ts';
import type { OpenJobs, RedrivableJob } from '../../../lambdas/ports/open-jobs.ts';
import { openJobs } from '../../../lib/order-tables.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  later,
} from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryJobs } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

type Ports = Jobs & OpenJobs;

async function inDynamoDb(): Promise<Ports> {
  const table = await dynamodb.createTable('Jobs');
  return { ...createJobs({ table }), ...createOpenJobs({ table, openIndex: openJobs }) };
}

/** Ids that end with every digit, so that every partition of the index is used. */
const ids = Array.from({ length: 40 }, (_, n) => `${jobId.slice(0, -2)}${n.toString(16).padStart(2, '0')}`);
const [other = ''] = ids;

async function create(jobs: Jobs, ...present: readonly Job[]): Promise<void> {
  await Promise.all(present.map((job) => jobs.create(job)));
}

/** Ids on each page, as an operator reads one after the other. */
async function pagesOf(jobs: OpenJobs, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await jobs.page(limit, cursor);
    pages.push([...page.jobIds]);
    cursor = page.cursor;
    if (cursor === undefined) return pages;
  }
}

async function idsOf(parts: readonly AsyncIterable<string>[]): Promise<string[]> {
  const open: string[] = [];
  for (const part of parts) for await (const id of part) open.push(id);
  return open.sort();
}

const openOf = (jobs: OpenJobs, before = later(1_000)): Promise<string[]> => idsOf(jobs.listOpen(before));

describe.each<[string, () => Promise<Ports>]>([
  ['in memory', async () => memoryJobs()],
  ['in DynamoDB', inDynamoDb],
])('open jobs %s', (_, open) => {
  let jobs: Ports;
  beforeEach(async () => {
    jobs = await open();
  });

  it('are those that were accepted before a time', async () => {
    const young = aJob({ createdAt: later(1_000).toISOString() });
    await create(jobs, aJob({ jobId: other }), young);

    expect(await openOf(jobs, later(1_000))).toEqual([other]);
    expect(await openOf(jobs, later(1_001))).toEqual([other, jobId]);
  });

  it('are those that have not ended', async () => {
    await create(jobs, { ...aDeclinedJob(), jobId: other }, aJobAt('email'));
    expect(await openOf(jobs)).toEqual([jobId]);

    await jobs.change(aJobAt('email'), aCompletedJob);

    expect(await openOf(jobs)).toEqual([]);
  });

  it('include failures that nobody redrove in time', async () => {
    const failed = anExhaustedJob();
    const until = new Date(failed.error?.redrivableUntil ?? '');
    await create(jobs, failed);

    expect(await openOf(jobs, until)).toEqual([]);
    expect(await openOf(jobs, new Date(until.getTime() + 1))).toEqual([jobId]);
  });

  it('include those that are resumed after they ended', async () => {
    await create(jobs, anExhaustedJob());

    await jobs.change(anExhaustedJob(), (job) => ({ ...aJobAt('payment'), version: job.version + 1 }));

    expect(await openOf(jobs)).toEqual([jobId]);
  });

  it('are paged with the failures that wait for a redrive, and without those that ended for good', async () => {
    await create(jobs, aJob({ jobId: other }), anExhaustedJob());
    await create(
      jobs,
      { ...aDeclinedJob(), jobId: ids[1] ?? '' },
      { ...aCompletedJob(), jobId: ids[2] ?? '' },
    );

    expect((await pagesOf(jobs, 10)).flat().sort()).toEqual([other, jobId].sort());
  });

  it('are paged without a gap or a repetition', async () => {
    await create(jobs, ...ids.map((id) => aJob({ jobId: id })));

    const pages = await pagesOf(jobs, 7);

    expect(pages.slice(0, -1).map(({ length }) => length)).toEqual([7, 7, 7, 7, 7]);
    expect(pages.flat().sort()).toEqual(ids);
  });

  it('list apart those that wait for a redrive', async () => {
    const failed = anExhaustedJob();
    const until = new Date(failed.error?.redrivableUntil ?? '');
    await create(jobs, failed, aJob({ jobId: other }));

    const waiting = async (at: Date) => {
      const listed: RedrivableJob[] = [];
      for await (const job of jobs.listRedrivable(at)) listed.push(job);
      return listed;
    };
    expect(await waiting(later(1_000))).toEqual([{ jobId, until: until.toISOString() }]);
    expect(await waiting(until)).toHaveLength(1);
    expect(await waiting(new Date(until.getTime() + 1))).toEqual([]);
  });

  it('are all listed, however many there are', async () => {
    await create(jobs, ...ids.map((id) => aJob({ jobId: id })));

    expect(await openOf(jobs)).toEqual(ids);
  });
});

describe('open jobs in DynamoDB alone', () => {
  it('are all listed, wherever DynamoDB ends a page', async () => {
    const jobs = await inDynamoDb();
    await create(jobs, ...ids.map((id) => aJob({ jobId: id })));

    dynamodb.limitPages(1);

    expect(await openOf(jobs)).toEqual(ids);
  });
});
