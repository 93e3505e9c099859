import { describe, expect, it } from '@jest/globals';
import { expiryOf } from '../../src/dynamodb/expiry.ts';
import { until } from '../support/until.ts';
import { openDynamoDb } from './dynamodb-fixture.ts';

describe('expiry', () => {
  it.each([
    ['a number', { ttl: { N: '17' } }, 17],
    ['a fraction, rounded down', { ttl: { N: '17.9' } }, 17],
    ['a string, which is ignored', { ttl: { S: '17' } }, undefined],
    ['nothing', {}, undefined],
    ['a number too large for a time', { ttl: { N: '9'.repeat(30) } }, undefined],
  ])('takes %s', (_name, item, expected) => {
    expect(expiryOf(item, 'ttl')).toBe(expected);
  });

  it('removes an expired item and says in the stream that the service did', async () => {
    const db = await openDynamoDb({ timeScale: 0.001 });
    const put = (item: object) => db.call('PutItem', { TableName: 'Jobs', Item: item });
    const now = Math.floor(Date.now() / 1000);
    await put({ id: { S: 'young' }, expiresAt: { N: String(now + 1000) } });
    await put({ id: { S: 'text' }, expiresAt: { S: String(now - 1) } });
    await put({ id: { S: 'ancient' }, expiresAt: { N: '17' } });
    await put({ id: { S: 'old' }, expiresAt: { N: String(now - 1) } });

    const newest = async () => (await db.records()).at(-1);
    await until(async () => (await newest()).eventName === 'REMOVE');

    expect(await newest()).toMatchObject({
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
      dynamodb: { Keys: { id: { S: 'old' } } },
    });
    const { Items } = await db.call('Scan', { TableName: 'Jobs' });
    const ids = Items.map(({ id }: { id: { S: string } }) => id.S);
    expect(ids.toSorted()).toEqual(['ancient', 'text', 'young']);
    expect(db.units.write).toBe(4);
    await db.dynamodb.stop();
  });
});
