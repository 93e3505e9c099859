import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nextVersion, openDynamoDb, shardId } from './dynamodb-fixture.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
});
afterEach(() => db.dynamodb.stop());

const key = (id: string) => ({ TableName: 'Jobs', Key: { id: { S: id } } });
const sequenceNumbers = async () => (await db.records()).map(({ dynamodb }) => dynamodb.SequenceNumber);

describe('a stream', () => {
  it('records every change of an item in order with its images', async () => {
    await db.call('UpdateItem', nextVersion('a', 0));
    await db.call('UpdateItem', nextVersion('a', 1));
    await db.call('DeleteItem', key('a'));

    const [one, two] = [1, 2].map((version) => ({ id: { S: 'a' }, version: { N: String(version) } }));
    const records = await db.records();
    expect(records).toMatchObject([
      {
        eventName: 'INSERT',
        eventSource: 'aws:dynamodb',
        dynamodb: { Keys: { id: { S: 'a' } }, NewImage: one },
      },
      { eventName: 'MODIFY', dynamodb: { OldImage: one, NewImage: two } },
      { eventName: 'REMOVE', dynamodb: { OldImage: two } },
    ]);
    expect(records[0].dynamodb.OldImage).toBeUndefined();
    expect(records[2].dynamodb.NewImage).toBeUndefined();
    expect(await sequenceNumbers()).toEqual((await sequenceNumbers()).toSorted());
  });

  it('keeps the order of each item when many are written at once', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `j${i}`);
    await Promise.all(
      ids.map(async (id) => {
        for (let version = 0; version < 10; version++) await db.call('UpdateItem', nextVersion(id, version));
      }),
    );

    const records = await db.records();
    for (const id of ids) {
      const versions = records
        .filter(({ dynamodb }) => dynamodb.Keys.id.S === id)
        .map(({ dynamodb }) => Number(dynamodb.NewImage.version.N));
      expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });

  it('has no record of a write that changes nothing', async () => {
    const Item = { id: { S: 'a' }, tags: { SS: ['x', 'y'] }, map: { M: { a: { S: '1' }, b: { S: '2' } } } };
    await db.call('PutItem', { TableName: 'Jobs', Item });

    const same = { map: { M: { b: { S: '2' }, a: { S: '1' } } }, tags: { SS: ['y', 'x'] }, id: { S: 'a' } };
    await db.call('PutItem', { TableName: 'Jobs', Item: same });
    await db.call('DeleteItem', key('missing'));
    await db.call('UpdateItem', nextVersion('a', 5)).catch(() => undefined);

    expect(await db.records()).toHaveLength(1);
  });

  it('can be read from its start, its end and any sequence number', async () => {
    for (let version = 0; version < 4; version++) await db.call('UpdateItem', nextVersion('a', version));
    const numbers = await sequenceNumbers();
    const latest = await db.iterator('LATEST');

    await db.call('UpdateItem', nextVersion('a', 4));
    const countFrom = async (type: string) => (await db.records(type, numbers[1])).length;

    expect(await countFrom('AT_SEQUENCE_NUMBER')).toBe(4);
    expect(await countFrom('AFTER_SEQUENCE_NUMBER')).toBe(3);
    expect(await countFrom('TRIM_HORIZON')).toBe(5);
    expect((await db.call('GetRecords', { ShardIterator: latest })).Records).toHaveLength(1);
    const two = await db.call('GetRecords', { ShardIterator: await db.iterator('TRIM_HORIZON'), Limit: 2 });
    expect(two.Records).toHaveLength(2);
    expect((await db.call('GetRecords', { ShardIterator: two.NextShardIterator })).Records).toHaveLength(3);
  });

  it('is described', async () => {
    expect((await db.call('DescribeStream', { StreamArn: db.streamArn })).StreamDescription).toMatchObject({
      StreamStatus: 'ENABLED',
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      Shards: [{ ShardId: shardId }],
    });
    await expect(db.call('DescribeStream', { StreamArn: 'arn:none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it.each([
    [
      'a shard that it does not have',
      { ShardId: 'other', ShardIteratorType: 'LATEST' },
      'Shard other not found',
    ],
    [
      'an unknown position',
      { ShardId: shardId, ShardIteratorType: 'FIRST' },
      'Invalid ShardIteratorType: FIRST',
    ],
    [
      'a sequence number of the future',
      {
        ShardId: shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: `1${'9'.padStart(20, '0')}`,
      },
      'Invalid SequenceNumber',
    ],
  ])('refuses an iterator at %s', async (_name, input, message) => {
    await expect(db.call('GetShardIterator', { StreamArn: db.streamArn, ...input })).rejects.toThrow(message);
  });

  it('wakes those who wait for its next record', async () => {
    const iterator = await db.iterator('LATEST');
    const waiting = db.dynamodb.waitForRecords(db.streamArn, iterator);

    await db.call('UpdateItem', nextVersion('a', 0));

    await waiting;
    // Records that came before the wait count too.
    await db.dynamodb.waitForRecords(db.streamArn, iterator);
  });

  it('begins anew when the template asks for other images', async () => {
    await db.call('UpdateItem', nextVersion('a', 0));

    const streamArn = await db.declare({ StreamSpecification: { StreamViewType: 'KEYS_ONLY' } });
    await db.call('UpdateItem', nextVersion('a', 1));

    expect(streamArn).not.toBe(db.streamArn);
    await expect(db.records()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const { ShardIterator } = await db.call('GetShardIterator', {
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    const { Records } = await db.call('GetRecords', { ShardIterator });
    expect(Records).toMatchObject([{ eventName: 'MODIFY', dynamodb: { Keys: { id: { S: 'a' } } } }]);
    expect(Records[0].dynamodb).not.toHaveProperty('NewImage');
    expect(Records[0].dynamodb).not.toHaveProperty('OldImage');
  });
});
