import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Job } from '../../../domain/job/job.ts';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createJobs } from '../../../lambdas/adapters/jobs.ts';
import type { Jobs } from '../../../lambdas/ports/jobs.ts';
import { aCompletedJob, aJob, aJobAt, jobId, later } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryJobs } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

/** A visible change, marked by its author. */
const changedBy = (author: string) => (job: Job) => ({
  ...job,
  version: job.version + 1,
  stage: `${job.stage ?? ''}${author}`,
});

describe.each<[string, () => Promise<Jobs>]>([
  ['in memory', async () => memoryJobs()],
  ['in DynamoDB', async () => createJobs({ table: await dynamodb.createTable('Jobs') })],
])('jobs %s', (_, open) => {
  let jobs: Jobs;
  beforeEach(async () => {
    jobs = await open();
  });

  describe('creating a job', () => {
    it('stores it', async () => {
      expect(await jobs.create(aJob())).toEqual(aJob());

      expect(await jobs.get(jobId)).toEqual(aJob());
    });

    it('keeps an existing job with the same id and returns that', async () => {
      await jobs.create(aJobAt('payment'));

      expect(await jobs.create(aJob())).toEqual(aJobAt('payment'));

      expect(await jobs.get(jobId)).toEqual(aJobAt('payment'));
    });

    it('stores one of many with the same id and returns it to all', async () => {
      const created = await Promise.all([...'abcdef'].map((each) => jobs.create(aJob({ ticket: each }))));

      const job = await jobs.get(jobId);
      expect(created).toEqual(created.map(() => job));
    });
  });

  it('return undefined for a job that was never created', async () => {
    await jobs.create(aJob());

    expect(await jobs.get(jobId.replace(/1$/, '2'))).toBeUndefined();
  });

  describe('changing a job', () => {
    it('stores the updated job, without the attributes that are gone, and returns it', async () => {
      await jobs.create(aJobAt('email'));

      expect(await jobs.change(aJobAt('email'), aCompletedJob)).toEqual(aCompletedJob());

      expect(await jobs.get(jobId)).toEqual(aCompletedJob());
    });

    it('stores nothing when the update returns the same object', async () => {
      await jobs.create(aJobAt('payment'));
      const read = aJob();

      expect(await jobs.change(read, (job) => job)).toBe(read);

      expect(await jobs.get(jobId)).toEqual(aJobAt('payment'));
    });

    it('updates the job as a faster writer left it', async () => {
      const read = aJobAt('payment');
      const faster = changedBy('other')(read);
      await jobs.create(faster);
      const asked: Job[] = [];

      const changed = await jobs.change(read, (job) => {
        asked.push(job);
        return changedBy('me')(job);
      });

      expect(asked).toEqual([read, faster]);
      expect(changed).toEqual(changedBy('me')(faster));
      expect(await jobs.get(jobId)).toEqual(changed);
    });

    it('stores nothing more when the faster writer did the same', async () => {
      await jobs.create(aCompletedJob());
      const complete = (job: Job) => (job.status === 'completed' ? job : aCompletedJob());

      expect(await jobs.change(aJobAt('email'), complete)).toEqual(aCompletedJob());

      expect(await jobs.get(jobId)).toEqual(aCompletedJob());
    });

    it('keeps the updates of many writers at the same time', async () => {
      await jobs.create(aJob());

      await Promise.all([...'abcdef'].map((author) => jobs.change(aJob(), changedBy(author))));

      const { version, stage } = (await jobs.get(jobId)) ?? {};
      expect([...(stage ?? '')].sort().join('')).toBe('abcdef');
      expect(version).toBe(aJob().version + 6);
    });

    it('fails when the job is gone, and does not create it', async () => {
      await expect(jobs.change(aJob(), changedBy('me'))).rejects.toThrow();

      expect(await jobs.get(jobId)).toBeUndefined();
    });
  });
});

describe('jobs in DynamoDB alone', () => {
  let table: string;
  let jobs: Jobs;
  beforeEach(async () => {
    table = await dynamodb.createTable('Jobs');
    jobs = createJobs({ table });
  });

  const itemOf = async (): Promise<Record<string, unknown>> => {
    const command = new GetCommand({ TableName: table, Key: { jobId }, ConsistentRead: true });
    return (await createDocumentClient().send(command)).Item ?? {};
  };

  it('are read with strong consistency', async () => {
    const [call] = await dynamodb.callsOf(() => jobs.get(jobId));

    expect(call).toMatchObject({ operation: 'GetItem', input: { ConsistentRead: true } });
  });

  it('have a time to live that follows `expiresAt`', async () => {
    await jobs.create(aJob());
    expect(await itemOf()).toMatchObject({ ttl: Date.parse(aJob().expiresAt) / 1000 });

    const expiresAt = later(86_400_000).toISOString();
    await jobs.change(aJob(), (job) => ({ ...job, expiresAt, version: job.version + 1 }));
    expect(await itemOf()).toMatchObject({ ttl: Date.parse(expiresAt) / 1000 });
  });

  it('are created once when the first response is lost', async () => {
    dynamodb.loseNextResponse('PutItem');

    const calls = await dynamodb.callsOf(async () => {
      expect(await jobs.create(aJob())).toEqual(aJob());
    });

    expect(calls.map(({ operation }) => operation)).toEqual(['PutItem', 'PutItem']);
  });

  it('are changed once when the first response is lost', async () => {
    await jobs.create(aJobAt('email'));
    dynamodb.loseNextResponse('UpdateItem');

    const calls = await dynamodb.callsOf(() =>
      jobs.change(aJobAt('email'), (job) => (job.status === 'completed' ? job : aCompletedJob())),
    );

    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
    expect(await jobs.get(jobId)).toEqual(aCompletedJob());
  });

  it('are not read again after a conflict, because the refusal contains the job', async () => {
    await jobs.create(aJobAt('payment'));

    const calls = await dynamodb.callsOf(() => jobs.change(aJob(), changedBy('me')));

    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
  });

  it('fail with the error of DynamoDB when it refuses a call', async () => {
    const missing = createJobs({ table: 'missing' });
    const refusal = { name: 'ResourceNotFoundException' };

    await expect(missing.create(aJob())).rejects.toMatchObject(refusal);
    await expect(missing.change(aJob(), changedBy('me'))).rejects.toMatchObject(refusal);
  });
});
