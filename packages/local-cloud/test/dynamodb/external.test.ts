import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDynamoDb, type DynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { nextVersion, openDynamoDb, shardId } from './dynamodb-fixture.ts';
import { serveDynamoDb } from './serve-dynamodb.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
let outside: Awaited<ReturnType<typeof serveDynamoDb>>;
let external: DynamoDb;
const units = { read: 0, write: 0 };
beforeEach(async () => {
  db = await openDynamoDb();
  outside = await serveDynamoDb(db.dynamodb);
  Object.assign(units, { read: 0, write: 0 });
  external = await createDynamoDb({
    endpoint: new URL(outside.url),
    timeScale: 1,
    usage: {
      units: (_table: string, { read = 0, write = 0 }) => {
        units.read += read;
        units.write += write;
      },
    },
    log: () => undefined,
  });
});
afterEach(async () => {
  await external.stop();
  await outside[Symbol.asyncDispose]();
  await db.dynamodb.stop();
});

const perform = (operation: string, input: object) => external.perform({ operation, input: { ...input } });

describe('an outside endpoint', () => {
  it('takes every call, and its stream is read', async () => {
    await perform('UpdateItem', nextVersion('a', 0));

    const { ShardIterator } = await perform('GetShardIterator', {
      StreamArn: db.streamArn,
      ShardId: shardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    const input = { ShardIterator };
    expect(external.service.permissions({ operation: 'GetRecords', input })[0]?.resource).toBe(db.streamArn);
    expect(await perform('GetRecords', input)).toMatchObject({ Records: [{ eventName: 'INSERT' }] });
  });

  it('passes refusals on with their members', async () => {
    await perform('UpdateItem', nextVersion('a', 0));

    const update = { ...nextVersion('a', 5), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

    await expect(perform('UpdateItem', update)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      members: { Item: { id: { S: 'a' } } },
    });
  });

  it('reports the units that it consumed, and shows them only to those who ask', async () => {
    const silent = await perform('UpdateItem', nextVersion('a', 0));
    const asked = await perform('GetItem', {
      TableName: 'Jobs',
      Key: { id: { S: 'a' } },
      ReturnConsumedCapacity: 'TOTAL',
    });

    expect(silent).not.toHaveProperty('ConsumedCapacity');
    expect(asked).toMatchObject({ ConsumedCapacity: { CapacityUnits: 0.5 } });
    expect(units).toEqual({ read: 0.5, write: 1 });
  });

  it('wakes those who wait for records at the next write', async () => {
    const waiting = external.waitForRecords(db.streamArn);

    await perform('UpdateItem', nextVersion('a', 0));

    await waiting;
  });

  it('is named when it does not answer', async () => {
    const gone = await createDynamoDb({
      endpoint: new URL('http://127.0.0.1:1'),
      timeScale: 1,
      usage: { units: () => undefined },
      log: () => undefined,
    });

    await expect(gone.perform({ operation: 'ListTables', input: {} })).rejects.toThrow(
      'the DynamoDB endpoint http://127.0.0.1:1/ did not answer',
    );
  });
});
