import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nextVersion, openDynamoDb } from './dynamodb-fixture.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
});
afterEach(() => db.dynamodb.stop());

const put = (item: object, more: object = {}) =>
  db.call('PutItem', { TableName: 'Jobs', Item: item, ...more });
const get = async (id: string) =>
  (await db.call('GetItem', { TableName: 'Jobs', Key: { id: { S: id } } })).Item;

describe('items', () => {
  it('shows the present item when a condition fails and ALL_OLD is asked for', async () => {
    await db.call('UpdateItem', nextVersion('a', 0));

    const update = { ...nextVersion('a', 7), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

    await expect(db.call('UpdateItem', update)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      status: 400,
      members: { Item: { id: { S: 'a' }, version: { N: '1' } } },
    });
    await expect(db.call('UpdateItem', nextVersion('a', 7))).rejects.toMatchObject({ members: {} });
  });

  it('lets one of many racing conditional writes through', async () => {
    const races = Array.from({ length: 50 }, () => db.call('UpdateItem', nextVersion('a', 0)));

    const outcomes = await Promise.allSettled(races);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('pages through an index in order', async () => {
    for (let i = 0; i < 9; i++) {
      await put({ id: { S: `j${i}` }, owner: { S: 'ada' }, createdAt: { S: `2026-01-0${9 - (i >> 1)}` } });
    }
    await put({ id: { S: 'other' }, owner: { S: 'bob' }, createdAt: { S: '2026-01-01' } });

    const seen: string[] = [];
    let ExclusiveStartKey: object | undefined;
    do {
      const page = await db.call('Query', {
        TableName: 'Jobs',
        IndexName: 'byOwner',
        KeyConditionExpression: '#owner = :owner AND begins_with(createdAt, :year)',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': { S: 'ada' }, ':year': { S: '2026-' } },
        ScanIndexForward: false,
        Limit: 2,
        ExclusiveStartKey,
      });
      seen.push(...page.Items.map((item: { id: { S: string } }) => item.id.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);

    expect(new Set(seen).size).toBe(9);
    expect(seen.slice(0, 2).toSorted()).toEqual(['j0', 'j1']);
    expect(seen.at(-1)).toBe('j8');
  });

  it('reports the units that AWS would bill', async () => {
    const big = { S: 'x'.repeat(1500) };
    const used = async (work: () => Promise<unknown>) => {
      const before = { ...db.units };
      await work().catch(() => undefined);
      return { read: db.units.read - before.read, write: db.units.write - before.write };
    };

    expect(await used(() => put({ id: { S: 'a' }, big }))).toEqual({ read: 0, write: 2 });
    // The same item under an index key: its index entry costs one more.
    const indexed = { id: { S: 'a' }, owner: { S: 'ada' }, createdAt: { S: '1' } };
    expect(await used(() => put(indexed))).toEqual({ read: 0, write: 3 });
    // The index projects keys only, so it is not touched.
    expect(await used(() => put({ ...indexed, note: { S: 'x' } }))).toEqual({ read: 0, write: 1 });
    // An entry that moves is deleted and put.
    expect(await used(() => put({ ...indexed, owner: { S: 'bob' } }))).toEqual({ read: 0, write: 3 });
    expect(await used(() => db.call('UpdateItem', nextVersion('a', 9)))).toEqual({ read: 0, write: 1 });
    expect(await used(() => get('a'))).toEqual({ read: 0.5, write: 0 });
    expect(await used(() => db.call('Scan', { TableName: 'Jobs', ConsistentRead: true }))).toEqual({
      read: 1,
      write: 0,
    });
  });
});
