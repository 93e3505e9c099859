import { describe, expect, it } from '@jest/globals';
import { type Job, orderIdOf } from '../../../../domain/job/job.ts';
import type { JobFilter } from '../../../../domain/operator/operator-protocol.ts';
import { CannotList } from '../../../../domain/protocol/errors.ts';
import { createFindJobs } from '../../../../lambdas/operator/find-jobs.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  anOrderRecord,
  jobId,
  later,
  now,
} from '../../../support/builders.ts';
import { memoryJobs, memoryOrders } from '../../../support/fakes.ts';

const idOf = (n: number) => `${jobId.slice(0, -1)}${n}`;
const [queued, paying, failed, declined, completed] = [
  aJob({ jobId: idOf(1) }),
  { ...aJobAt('payment'), jobId: idOf(2), owner: 'grace' },
  { ...anExhaustedJob(), jobId: idOf(3) },
  { ...aDeclinedJob(), jobId: idOf(4) },
  { ...aCompletedJob(), jobId: idOf(5) },
];
const all: readonly Job[] = [queued, paying, failed, declined, completed];

function setUp() {
  const jobs = memoryJobs(all);
  const orders = memoryOrders(
    all.map((job) =>
      anOrderRecord({
        jobId: job.jobId,
        orderId: orderIdOf(job.jobId),
        email: job === completed ? 'Grace@example.com' : 'ada@example.com',
        ...(job === declined && { reference: 'A-7' }),
      }),
    ),
  );
  const find = createFindJobs({ jobs, openJobs: jobs, history: jobs, orderSearch: orders, clock: () => now });
  return { find, orders, list: (filter: JobFilter) => find({ action: 'list', filter }) };
}

/** Numbers of the jobs that a filter lists. */
async function found(filter: JobFilter): Promise<number[]> {
  const { jobs } = await setUp().list(filter);
  return jobs.map((job) => Number(job.jobId.at(-1))).sort();
}

describe('a list of jobs', () => {
  it('shows those that have not ended for good when it is narrowed by nothing', async () => {
    expect(await found({})).toEqual([1, 2, 3]);
  });

  it.each<[string, JobFilter, number[]]>([
    ['status', { status: 'queued' }, [1]],
    ['stage, in progress or failed', { stage: 'payment' }, [2, 3]],
    ['being redrivable', { redrivable: true }, [3]],
    ['the time of the last change', { since: later(20).toISOString() }, [2, 3]],
    ['owner, ended ones too', { owner: 'ada' }, [1, 3, 4, 5]],
    ['owner and status', { owner: 'ada', status: 'completed' }, [5]],
    ['reference', { reference: 'A-7' }, [4]],
    ['e-mail address in any case', { email: 'grace@EXAMPLE.com' }, [5]],
    [
      'e-mail address, owner and status',
      { email: 'ada@example.com', owner: 'ada', status: 'failed' },
      [3, 4],
    ],
  ])('is narrowed by %s', async (_, filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('shows no ticket and nothing that was submitted', async () => {
    const { jobs } = await setUp().list({ status: 'queued' });

    expect(jobs).toEqual([expect.objectContaining({ jobId: idOf(1), owner: 'ada', status: 'queued' })]);
    expect(jobs[0]).not.toHaveProperty('ticket');
    expect(jobs[0]).not.toHaveProperty('updatesUrl');
  });

  it.each<JobFilter>([{ status: 'completed' }, { status: 'cancelled', since: now.toISOString() }])(
    'of all jobs that ended is refused, because no index holds them: %j',
    async (filter) => {
      await expect(setUp().list(filter)).rejects.toThrow(CannotList);
    },
  );

  it('by e-mail address and reference at once is refused', async () => {
    await expect(setUp().list({ email: 'ada@example.com', reference: 'A-7' })).rejects.toThrow(CannotList);
  });

  it('leaves out orders whose job has expired', async () => {
    const { list, orders } = setUp();
    await orders.submit(anOrderRecord({ orderId: 'ord_x', email: 'old@example.com' }), later(1));

    expect((await list({ email: 'old@example.com' })).jobs).toEqual([]);
  });

  it('continues where the page before ended', async () => {
    const jobs = memoryJobs(
      Array.from({ length: 150 }, (_, n) => aJob({ jobId: `${jobId.slice(0, -3)}${100 + n}` })),
    );
    const find = createFindJobs({
      jobs,
      openJobs: jobs,
      history: jobs,
      orderSearch: memoryOrders(),
      clock: () => now,
    });

    const first = await find({ action: 'list', filter: {} });
    const second = await find({ action: 'list', filter: {}, cursor: first.cursor });

    expect([first.jobs.length, second.jobs.length, second.cursor]).toEqual([100, 50, undefined]);
  });
});
