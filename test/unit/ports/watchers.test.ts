import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { maxWatchers } from '../../../domain/protocol/live-protocol.ts';
import { createJobs } from '../../../lambdas/adapters/jobs.ts';
import { createWatchers } from '../../../lambdas/adapters/watchers.ts';
import type { Jobs } from '../../../lambdas/ports/jobs.ts';
import type { Watchers } from '../../../lambdas/ports/watchers.ts';
import { aJob, aJobAt, jobId, ticket } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryWatchers } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

/** Watchers, and the jobs that they watch. */
interface Opened {
  readonly watchers: Watchers;
  readonly jobs: Jobs;
}

const c = (n: number) => `c${n}`;
const connections = (count: number) => Array.from({ length: count }, (_, n) => c(n));

describe.each<[string, () => Promise<Opened>]>([
  [
    'in memory',
    async () => {
      const watchers = memoryWatchers();
      return { watchers, jobs: watchers.jobs };
    },
  ],
  [
    'in DynamoDB',
    async () => {
      const table = await dynamodb.createTable('Jobs');
      return { watchers: createWatchers({ table }), jobs: createJobs({ table }) };
    },
  ],
])('watchers %s', (_, open) => {
  let { watchers, jobs } = {} as Opened;
  beforeEach(async () => {
    ({ watchers, jobs } = await open());
    await jobs.create(aJob());
  });

  const add = (connectionId: string, watch: { jobId?: string; ticket?: string } = {}) =>
    watchers.add({ jobId, ticket, connectionId, ...watch });
  const addAll = (ids: readonly string[]) => Promise.all(ids.map((id) => add(id)));
  /** Seen by asking for one more, of a job that is full. */
  const present = async () => {
    const answer = await add('one-more');
    if (answer.outcome !== 'full') throw new Error('There is room for one more.');
    return [...answer.watchers].sort();
  };

  it('are told the job as it stands when they come', async () => {
    expect(await add(c(1))).toEqual({ outcome: 'added', job: aJob() });

    await jobs.change(aJob(), () => aJobAt('payment'));

    expect(await add(c(2))).toEqual({ outcome: 'added', job: aJobAt('payment') });
  });

  it('are told the same again, and counted once, however often they come', async () => {
    for (const id of [...connections(maxWatchers), c(0), c(1)])
      expect(await add(id)).toEqual({ outcome: 'added', job: aJob() });

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });

  it('are part of no job that is read', async () => {
    await add(c(1));

    expect(await jobs.get(jobId)).toEqual(aJob());
  });

  it('stay when the job changes', async () => {
    await addAll(connections(maxWatchers));

    await jobs.change(aJob(), () => aJobAt('payment'));

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });

  it('are in the way of no writer', async () => {
    const decisions: string[] = [];

    await add(c(1));
    await jobs.change(aJob(), (job) => {
      decisions.push(job.status);
      return aJobAt('payment');
    });

    expect(decisions).toEqual(['queued']);
  });

  it.each([
    ['there is no such job', { jobId: jobId.replace(/1$/, '2') }],
    ['the ticket is wrong', { ticket: 'another' }],
  ])('are told nothing when %s, and do not come', async (_, wrong) => {
    await addAll(connections(maxWatchers - 1));

    expect(await add('stranger', wrong)).toEqual({ outcome: 'unknown' });

    expect(await add('last')).toEqual({ outcome: 'added', job: aJob() });
    expect(await present()).not.toContain('stranger');
  });

  it('make no job of a mere id', async () => {
    const other = jobId.replace(/1$/, '2');

    await add(c(1), { jobId: other });
    await watchers.remove({ jobId: other, connectionId: c(1) });

    expect(await jobs.get(other)).toBeUndefined();
  });

  it('are no more than fit, of whom the next is told', async () => {
    await addAll(connections(maxWatchers));

    expect(await add('one-more')).toMatchObject({ outcome: 'full' });

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });

  it('are not told of each other with a wrong ticket, full or not', async () => {
    await addAll(connections(maxWatchers));

    expect(await add('stranger', { ticket: 'another' })).toEqual({ outcome: 'unknown' });
  });

  it('take the last places first come, first served, when many come at the same time', async () => {
    await addAll(connections(maxWatchers - 2));

    const answers = await addAll(['a', 'b', 'd', 'e', 'f']);

    expect(answers.filter(({ outcome }) => outcome === 'full')).toHaveLength(3);
    expect(await present()).toHaveLength(maxWatchers);
  });

  it('make room when they are removed', async () => {
    await addAll(connections(maxWatchers));

    await watchers.remove({ jobId, connectionId: c(0) });

    expect(await add('next')).toEqual({ outcome: 'added', job: aJob() });
    expect(await present()).toEqual([...connections(maxWatchers).slice(1), 'next'].sort());
  });

  it('can come again after the last was removed', async () => {
    await add(c(1));
    await watchers.remove({ jobId, connectionId: c(1) });

    expect(await add(c(1))).toEqual({ outcome: 'added', job: aJob() });
  });

  it('are removed harmlessly when they are not there', async () => {
    await addAll(connections(maxWatchers));

    await watchers.remove({ jobId, connectionId: 'stranger' });

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });
});

describe('watchers in DynamoDB alone', () => {
  it('come by one call, which also tells the job', async () => {
    const table = await dynamodb.createTable('Jobs');
    await createJobs({ table }).create(aJob());
    const watchers = createWatchers({ table });

    const calls = await dynamodb.callsOf(() => watchers.add({ jobId, ticket, connectionId: c(1) }));

    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('fail with what DynamoDB says where it refuses a call', async () => {
    const missing = createWatchers({ table: 'missing' });
    const refusal = { name: 'ResourceNotFoundException' };

    await expect(missing.add({ jobId, ticket, connectionId: c(1) })).rejects.toMatchObject(refusal);
    await expect(missing.remove({ jobId, connectionId: c(1) })).rejects.toMatchObject(refusal);
  });
});
