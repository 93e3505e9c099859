import { describe, expect, it } from '@jest/globals';
import { writeUnits } from '../../src/dynamodb/capacity.ts';

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
    ['a new item with its index entry', undefined, item, 3],
    ['a new item without an index key', undefined, { id: { S: 'a' } }, 1],
    ['a change of what the index does not project', item, { ...item, big: { S: '' } }, 2],
    ['a change of what it projects', item, { ...item, note: { S: 'y' } }, 3],
    ['another index key, which is a delete and a put', item, { ...item, owner: { S: 'bob' } }, 4],
    ['a deletion', item, undefined, 3],
    ['a write of nothing', undefined, undefined, 1],
    ['a failed condition, by the present item', item, item, 2],
  ])('count %s', (_name, before, after, units) => {
    expect(writeUnits(table, before, after)).toBe(units);
  });
});
