import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { createJobHistory } from '../../../../lambdas/adapters/job-history.ts';
import { createJobs } from '../../../../lambdas/adapters/jobs.ts';
import { createOpenJobs } from '../../../../lambdas/adapters/open-jobs.ts';
import { aCompletedJob, aJob, aJobAt, jobId, later, owner } from '../../../support/builders.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
beforeEach(() => void dynamodb.reset());

const jobs = createJobs({ table: 'jobs' });
const history = createJobHistory({ table: 'jobs', byOwnerIndex: 'jobs-by-owner' });
const ttl = Date.parse('2026-02-19T15:30:00.000Z') / 1000;

/** What DynamoDB throws when a condition does not hold, with the item when it was asked for. */
const conditionFailure = (item?: object) =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(item && { Item: marshall(item, { removeUndefinedValues: true }) }),
  });

const inputsOf = (command: Parameters<typeof dynamodb.commandCalls>[0]) =>
  dynamodb.commandCalls(command).map((call) => call.args[0].input);

const completed = (job: Job, stage: string) =>
  transition(job, { type: 'stage-completed', stage, attempt: 1 }, later(99));

describe('creating a job', () => {
  it('puts it only where there is none, with its expiry and its place among the open ones', async () => {
    expect(await jobs.create(aJob())).toEqual(aJob());

    expect(inputsOf(PutCommand)).toEqual([
      {
        TableName: 'jobs',
        Item: { ...aJob(), ttl, open: '1' },
        ConditionExpression: 'attribute_not_exists(jobId)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('tells what is there already', async () => {
    const present = aJobAt('payment');
    dynamodb.on(PutCommand).rejects(conditionFailure({ ...present, ttl, open: '1' }));

    expect(await jobs.create(aJob())).toEqual(present);
  });

  it('passes on what DynamoDB says otherwise', async () => {
    dynamodb.on(PutCommand).rejects(new Error('throttled'));

    await expect(jobs.create(aJob())).rejects.toThrow('throttled');
  });
});

describe('reading a job', () => {
  it('sees the latest write, and the record without what belongs to the table', async () => {
    dynamodb.on(GetCommand).resolves({ Item: { ...aJob(), ttl, watchers: new Set(['c1']) } });

    expect(await jobs.get(jobId)).toEqual(aJob());
    expect(inputsOf(GetCommand)).toEqual([{ TableName: 'jobs', Key: { jobId }, ConsistentRead: true }]);
  });

  it('tells when there is none', async () => {
    dynamodb.on(GetCommand).resolves({});

    expect(await jobs.get(jobId)).toBeUndefined();
  });
});

describe('changing a job', () => {
  it('writes only what differs, on the condition that nobody was faster', async () => {
    const before = aJobAt('email');
    const next = completed(before, 'email');

    await jobs.change(before, () => next);

    expect(inputsOf(UpdateCommand)).toEqual([
      {
        TableName: 'jobs',
        Key: { jobId },
        UpdateExpression:
          'SET #status = :status, #version = :version, #steps = :steps, #updatedAt = :updatedAt REMOVE #stage, #estimatedCompletion, #open',
        ConditionExpression: '#version = :readVersion AND attribute_not_exists(#cancelRequested)',
        ExpressionAttributeNames: {
          '#cancelRequested': 'cancelRequested',
          '#status': 'status',
          '#version': 'version',
          '#steps': 'steps',
          '#updatedAt': 'updatedAt',
          '#stage': 'stage',
          '#estimatedCompletion': 'estimatedCompletion',
          '#open': 'open',
        },
        ExpressionAttributeValues: {
          ':status': 'completed',
          ':version': next.version,
          ':steps': next.steps,
          ':updatedAt': next.updatedAt,
          ':readVersion': before.version,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('writes nothing when nothing changes', async () => {
    const job = aCompletedJob();

    expect(await jobs.change(job, (current) => current)).toBe(job);
    expect(dynamodb.calls()).toEqual([]);
  });

  it('asks again with the job of a faster writer, without reading it again', async () => {
    const read = aJobAt('validation');
    const faster = aJobAt('order-creation');
    dynamodb
      .on(UpdateCommand)
      .rejectsOnce(conditionFailure({ ...faster, ttl }))
      .resolves({});

    const asked: Job[] = [];

    const changed = await jobs.change(read, (current) => {
      asked.push(current);
      return completed(current, current.stage ?? '');
    });

    expect(asked).toEqual([read, faster]);
    expect(changed).toEqual(completed(faster, 'order-creation'));
    expect(inputsOf(UpdateCommand)[1]).toMatchObject({
      ExpressionAttributeValues: { ':readVersion': faster.version },
    });
    expect(inputsOf(GetCommand)).toEqual([]);
  });

  it('does not write again when its own write came through although the answer was lost', async () => {
    const read = aJobAt('payment');
    const written = completed(read, 'payment');
    dynamodb.on(UpdateCommand).rejectsOnce(conditionFailure({ ...written, ttl }));

    const result = await jobs.change(read, (current) => completed(current, 'payment'));

    expect(result).toEqual(written);
    expect(inputsOf(UpdateCommand)).toHaveLength(1);
  });

  it('names the version even where that does not change', async () => {
    const before = aJobAt('payment');

    await jobs.change(before, (current) => transition(current, { type: 'cancel-requested' }, later(1)));

    expect(inputsOf(UpdateCommand)[0]).toMatchObject({
      UpdateExpression: expect.stringMatching(/^SET #cancelRequested = :cancelRequested *$/),
      ConditionExpression: '#version = :readVersion AND attribute_not_exists(#cancelRequested)',
      ExpressionAttributeNames: { '#cancelRequested': 'cancelRequested', '#version': 'version' },
      ExpressionAttributeValues: { ':cancelRequested': true, ':readVersion': before.version },
    });
  });

  it('holds on to a request for cancellation that was there when it was read', async () => {
    const asked: Job = { ...aJobAt('payment'), cancelRequested: true };

    await jobs.change(asked, (current) => completed(current, 'payment'));

    expect(inputsOf(UpdateCommand)[0]).toMatchObject({
      ConditionExpression: '#version = :readVersion AND attribute_exists(#cancelRequested)',
    });
  });

  it('fails when the job is gone', async () => {
    dynamodb.on(UpdateCommand).rejects(conditionFailure());

    const change = jobs.change(aJobAt('payment'), (current) => completed(current, 'payment'));

    await expect(change).rejects.toThrow(ConditionalCheckFailedException);
  });

  it('passes on what DynamoDB says otherwise', async () => {
    dynamodb.on(UpdateCommand).rejects(new Error('throttled'));

    const change = jobs.change(aJobAt('payment'), (current) => completed(current, 'payment'));

    await expect(change).rejects.toThrow('throttled');
  });
});

describe('listing jobs', () => {
  const item = (n: number) => ({ ...aJob({ jobId: jobId.replace(/.$/, String(n)) }), ttl });
  const key = (n: number) => ({ owner, jobId: item(n).jobId });
  const ids = (listed: readonly Job[]) => listed.map((job) => job.jobId);

  it("queries the owner's jobs from the newest on", async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [item(2), item(1)] });

    const list = await history.list({ owner, limit: 20 });

    expect(list).toEqual({ jobs: [item(2), item(1)].map(({ ttl: _, ...job }) => job), cursor: undefined });
    expect(inputsOf(QueryCommand)).toEqual([
      {
        TableName: 'jobs',
        IndexName: 'jobs-by-owner',
        KeyConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': owner },
        FilterExpression: undefined,
        ScanIndexForward: false,
        Limit: 21,
        ExclusiveStartKey: undefined,
      },
    ]);
  });

  it('filters by status and starts behind the cursor', async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [] });

    await history.list({ owner, limit: 5, status: 'failed', cursor: item(7).jobId });

    expect(inputsOf(QueryCommand)[0]).toMatchObject({
      FilterExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': 'failed' },
      ExclusiveStartKey: key(7),
    });
  });

  it('gives a cursor when there is more', async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [item(3), item(2), item(1)], LastEvaluatedKey: key(1) });

    const list = await history.list({ owner, limit: 2 });

    expect(ids(list.jobs)).toEqual([item(3).jobId, item(2).jobId]);
    expect(list.cursor).toBe(item(2).jobId);
    expect(inputsOf(QueryCommand)).toHaveLength(1);
  });

  it('gives no cursor behind a last page that is full', async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [item(3), item(2)] });

    expect(await history.list({ owner, limit: 2 })).toMatchObject({ jobs: { length: 2 }, cursor: undefined });
  });

  it('reads on behind a full page that was filtered, to see whether anything follows', async () => {
    dynamodb
      .on(QueryCommand)
      .resolvesOnce({ Items: [item(9), item(8)], LastEvaluatedKey: key(7) })
      .resolvesOnce({ Items: [] });

    const list = await history.list({ owner, limit: 2, status: 'failed' });

    expect(ids(list.jobs)).toEqual([item(9).jobId, item(8).jobId]);
    expect(list.cursor).toBeUndefined();
  });

  it('reads on while the filter leaves too few', async () => {
    dynamodb
      .on(QueryCommand)
      .resolvesOnce({ Items: [item(9)], LastEvaluatedKey: key(8) })
      .resolvesOnce({ Items: [item(7), item(6)], LastEvaluatedKey: key(6) });

    const list = await history.list({ owner, limit: 2, status: 'queued' });

    expect(ids(list.jobs)).toEqual([item(9).jobId, item(7).jobId]);
    expect(list.cursor).toBe(item(7).jobId);
  });

  it('stops reading after ten pages and lets the client go on', async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [], LastEvaluatedKey: key(4) });

    const list = await history.list({ owner, limit: 2, status: 'failed' });

    expect(list).toEqual({ jobs: [], cursor: item(4).jobId });
    expect(inputsOf(QueryCommand)).toHaveLength(10);
  });
});

describe('open jobs', () => {
  it('are listed from every partition and every page of their index', async () => {
    dynamodb
      .on(QueryCommand)
      .resolves({ Items: [] })
      .on(QueryCommand, { ExpressionAttributeValues: { ':open': '1', ':before': later(0).toISOString() } })
      .resolvesOnce({ Items: [{ jobId: 'a' }], LastEvaluatedKey: { jobId: 'a' } })
      .resolvesOnce({ Items: [{ jobId: 'b' }] });

    const found: string[] = [];
    const open = createOpenJobs({ table: 'jobs', openIndex: 'open-jobs' }).listOpen(later(0));
    for await (const id of open) found.push(id);

    expect(found).toEqual(['a', 'b']);
    expect(inputsOf(QueryCommand)).toHaveLength(9);
    expect(inputsOf(QueryCommand)[0]).toMatchObject({
      TableName: 'jobs',
      IndexName: 'open-jobs',
      KeyConditionExpression: '#open = :open AND createdAt < :before',
    });
  });
});
