import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDynamoDb } from './dynamodb-fixture.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
});
afterEach(() => db.dynamodb.stop());

const put = (item: object) => db.call('PutItem', { TableName: 'Jobs', Item: item });
const update = (UpdateExpression: string, value: object, ExpressionAttributeNames?: object) =>
  db.call('UpdateItem', {
    TableName: 'Jobs',
    Key: { id: { S: 'a' } },
    UpdateExpression,
    ...(ExpressionAttributeNames && { ExpressionAttributeNames }),
    ExpressionAttributeValues: { ':value': value },
  });
const refusal = (message: string) => ({ name: 'ValidationException', message });

describe('an item', () => {
  it.each([
    [
      'an empty string as its key',
      { id: { S: '' } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    ],
    [
      'an empty string as an index key',
      { id: { S: 'a' }, owner: { S: '' }, createdAt: { S: '1' } },
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byOwner, IndexKey: owner',
    ],
    [
      'an empty string as an index key, though the index does not take it',
      { id: { S: 'a' }, createdAt: { S: '' } },
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byOwner, IndexKey: createdAt',
    ],
    [
      'another type of index key',
      { id: { S: 'a' }, owner: { N: '1' } },
      'One or more parameter values were invalid: Type mismatch for Index Key owner Expected: S Actual: N IndexName: byOwner',
    ],
    [
      'NULL as an index key',
      { id: { S: 'a' }, owner: { NULL: true } },
      'One or more parameter values were invalid: Type mismatch for Index Key owner Expected: S Actual: NULL IndexName: byOwner',
    ],
    [
      'a key of more than 2048 bytes, though fewer characters',
      { id: { S: 'é'.repeat(1025) } },
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    ],
    [
      'an index sort key of more than 1024 bytes',
      { id: { S: 'a' }, createdAt: { S: 'x'.repeat(1025) } },
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
    ],
    [
      'more than 400 KB, though fewer characters',
      { id: { S: 'a' }, text: { S: 'é'.repeat(205 * 1024) } },
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'a number of 39 digits',
      { id: { S: 'a' }, n: { N: '1'.repeat(39) } },
      'Attempting to store more than 38 significant digits in a Number',
    ],
    [
      'an empty set',
      { id: { S: 'a' }, tags: { SS: [] } },
      'One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      'a set with a member twice',
      { id: { S: 'a' }, tags: { SS: ['x', 'x'] } },
      'One or more parameter values were invalid: Input collection [x, x] contains duplicates.',
    ],
  ])('is refused with %s', async (_name, item, message) => {
    await expect(put(item)).rejects.toMatchObject(refusal(message));

    expect((await db.call('Scan', { TableName: 'Jobs' })).Count).toBe(0);
  });

  it('is written with all that is allowed', async () => {
    await put({ id: { S: 'é'.repeat(1024) }, empty: { S: '' }, n: { N: '1'.repeat(38) }, bytes: { B: '' } });
    await put({ id: { S: 'large' }, text: { S: 'x'.repeat(400 * 1024 - 'idlargetext'.length) } });

    expect((await db.call('Scan', { TableName: 'Jobs' })).Count).toBe(2);
  });
});

describe('an update', () => {
  const emptyKey =
    'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.';

  it('is refused when it empties an index key, directly or by a copy', async () => {
    await put({ id: { S: 'a' }, blank: { S: '' } });

    await expect(update('SET createdAt = :value', { S: '' })).rejects.toMatchObject(refusal(emptyKey));
    await expect(update('SET createdAt = blank, n = :value', { N: '1' })).rejects.toMatchObject(
      refusal(emptyKey),
    );
  });

  it('is refused when it gives an index key another type', async () => {
    const message =
      'One or more parameter values were invalid: Type mismatch for Index Key createdAt Expected: S Actual: N IndexName: byOwner';

    await expect(update('ADD createdAt :value', { N: '1' })).rejects.toMatchObject(refusal(message));
  });

  it('is refused when a sum has more than 38 digits', async () => {
    const update = db.call('UpdateItem', {
      TableName: 'Jobs',
      Key: { id: { S: 'a' } },
      UpdateExpression: 'SET n = if_not_exists(n, :value) + :more',
      ExpressionAttributeValues: { ':value': { N: `${'1'.repeat(37)}2` }, ':more': { N: '0.1' } },
    });

    await expect(update).rejects.toMatchObject(
      refusal('Attempting to store more than 38 significant digits in a Number'),
    );
  });

  it('is refused when it makes the item too large', async () => {
    await put({ id: { S: 'a' }, text: { S: 'é'.repeat(150 * 1024) } });

    await expect(update('SET more = :value', { S: 'é'.repeat(60 * 1024) })).rejects.toMatchObject(
      refusal('Item size to update has exceeded the maximum allowed size'),
    );
  });
});
