import { describe, expect, it } from '@jest/globals';
import { consumedCapacity, refusedUnits, total, writeUnits } from '../../src/dynamodb/capacity.ts';

const table = {
  TableName: 'Jobs',
  TableArn: 'arn',
  TableId: 'id',
  TableStatus: 'ACTIVE',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: ['id', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byOwner',
      KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
    },
  ],
};
const item = { id: { S: 'a' }, owner: { S: 'ada' }, note: { S: 'x' }, big: { S: 'x'.repeat(1500) } };

describe('write units', () => {
  it.each([
    ['a new item with its index entry', undefined, item, 2, { byOwner: 1 }],
    ['a new item without an index key', undefined, { id: { S: 'a' } }, 1, {}],
    ['a change of what the index does not project', item, { ...item, big: { S: '' } }, 2, {}],
    ['a change of what it projects', item, { ...item, note: { S: 'y' } }, 2, { byOwner: 1 }],
    [
      'another index key, which is a delete and a put',
      item,
      { ...item, owner: { S: 'bob' } },
      2,
      { byOwner: 2 },
    ],
    ['a deletion', item, undefined, 2, { byOwner: 1 }],
    ['a write of nothing', undefined, undefined, 1, {}],
  ])('count %s', (_name, before, after, own, indexes) => {
    expect(writeUnits(table, before, after)).toEqual({ table: own, indexes });
  });

  it('of a failed condition are those of the present item', () => {
    expect(refusedUnits(item)).toEqual({ table: 2, indexes: {} });
  });

  it('are shown as far as they were asked for', () => {
    const units = writeUnits(table, undefined, item);

    expect(total(units)).toBe(3);
    expect(consumedCapacity('NONE', table, units)).toBeUndefined();
    expect(consumedCapacity('TOTAL', table, units)).toEqual({ TableName: 'Jobs', CapacityUnits: 3 });
    expect(consumedCapacity('INDEXES', table, units)).toEqual({
      TableName: 'Jobs',
      CapacityUnits: 3,
      Table: { CapacityUnits: 2 },
      GlobalSecondaryIndexes: { byOwner: { CapacityUnits: 1 } },
    });
  });
});
