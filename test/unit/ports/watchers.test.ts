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
  /** The watchers of a full job, which refuses one more and lists them. */
  const present = async () => {
    const answer = await add('one-more');
    if (answer.outcome !== 'full') throw new Error('There is room for one more.');
    return [...answer.watchers].sort();
  };

  it('get the job as it is when they are added', async () => {
    expect(await add(c(1))).toEqual({ outcome: 'added', job: aJob() });

    await jobs.change(aJob(), () => aJobAt('payment'));

    expect(await add(c(2))).toEqual({ outcome: 'added', job: aJobAt('payment') });
  });

  it('are counted once, however often they are added', async () => {
    for (const id of [...connections(maxWatchers), c(0), c(1)])
      expect(await add(id)).toEqual({ outcome: 'added', job: aJob() });

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });

  it('do not appear in the job', async () => {
    await add(c(1));

    expect(await jobs.get(jobId)).toEqual(aJob());
  });

  it('stay when the job changes', async () => {
    await addAll(connections(maxWatchers));

    await jobs.change(aJob(), () => aJobAt('payment'));

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });

  it('do not conflict with a change of the job', async () => {
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
  ])('are not added when %s', async (_, wrong) => {
    await addAll(connections(maxWatchers - 1));

    expect(await add('stranger', wrong)).toEqual({ outcome: 'unknown' });

    expect(await add('last')).toEqual({ outcome: 'added', job: aJob() });
    expect(await present()).not.toContain('stranger');
  });

  it('do not create a job', async () => {
    const other = jobId.replace(/1$/, '2');

    await add(c(1), { jobId: other });
    await watchers.remove({ jobId: other, connectionId: c(1) });

    expect(await jobs.get(other)).toBeUndefined();
  });

  it('are limited in number; one too many gets the list of those present', async () => {
    await addAll(connections(maxWatchers));

    expect(await add('one-more')).toMatchObject({ outcome: 'full' });

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });

  it('are not listed for a wrong ticket, even when the job is full', async () => {
    await addAll(connections(maxWatchers));

    expect(await add('stranger', { ticket: 'another' })).toEqual({ outcome: 'unknown' });
  });

  it('fill the last places and no more when many are added at the same time', async () => {
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

  it('can be added again after the last one was removed', async () => {
    await add(c(1));
    await watchers.remove({ jobId, connectionId: c(1) });

    expect(await add(c(1))).toEqual({ outcome: 'added', job: aJob() });
  });

  it('are not affected by the removal of a connection that does not watch', async () => {
    await addAll(connections(maxWatchers));

    await watchers.remove({ jobId, connectionId: 'stranger' });

    expect(await present()).toEqual(connections(maxWatchers).sort());
  });
});

describe('watchers in DynamoDB alone', () => {
  it('are added by one call, which also reads the job', async () => {
    const table = await dynamodb.createTable('Jobs');
    await createJobs({ table }).create(aJob());
    const watchers = createWatchers({ table });

    const calls = await dynamodb.callsOf(() => watchers.add({ jobId, ticket, connectionId: c(1) }));

    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('fail with the error of DynamoDB when it refuses a call', async () => {
    const missing = createWatchers({ table: 'missing' });
    const refusal = { name: 'ResourceNotFoundException' };

    await expect(missing.add({ jobId, ticket, connectionId: c(1) })).rejects.toMatchObject(refusal);
    await expect(missing.remove({ jobId, connectionId: c(1) })).rejects.toMatchObject(refusal);
  });
});
