import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDynamoDb } from './dynamodb-fixture.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
});
afterEach(() => db.dynamodb.stop());

const Key = { id: { S: 'a' } };
const byOwner = {
  TableName: 'Jobs',
  IndexName: 'byOwner',
  KeyConditionExpression: '#owner = :owner',
  ExpressionAttributeNames: { '#owner': 'owner' },
  ExpressionAttributeValues: { ':owner': { S: 'ada' } },
};
const update = (UpdateExpression: string, values?: object) =>
  db.call('UpdateItem', {
    TableName: 'Jobs',
    Key,
    UpdateExpression,
    ReturnValues: 'ALL_NEW',
    ...(values && { ExpressionAttributeValues: values }),
  });

describe('a request', () => {
  it.each([
    ['Expected', 'PutItem', { Item: Key, Expected: { id: { Exists: false } } }],
    ['AttributeUpdates', 'UpdateItem', { Key, AttributeUpdates: { n: { Value: { N: '1' } } } }],
    ['AttributesToGet', 'GetItem', { Key, AttributesToGet: ['id'] }],
    ['KeyConditions', 'Query', { KeyConditions: {} }],
    ['ScanFilter', 'Scan', { ScanFilter: {} }],
  ])('is refused with the legacy parameter %s', async (name, operation, input) => {
    await expect(db.call(operation, { TableName: 'Jobs', ...input })).rejects.toMatchObject({
      name: 'ValidationException',
      message: `the embedded DynamoDB does not support the legacy parameter ${name}; use an expression`,
    });
  });

  it.each([
    [
      'ALL_ATTRIBUTES of an index that has the keys only',
      { ...byOwner, Select: 'ALL_ATTRIBUTES' },
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index byOwner because its projection type is not ALL',
    ],
    [
      'the units of each index',
      { ...byOwner, ReturnConsumedCapacity: 'INDEXES' },
      'the embedded DynamoDB does not support ReturnConsumedCapacity INDEXES; use TOTAL',
    ],
    [
      'a consistent read of an index',
      { ...byOwner, ConsistentRead: true },
      'Consistent reads are not supported on global secondary indexes',
    ],
    [
      'a name that no expression uses',
      { ...byOwner, ExpressionAttributeNames: { '#owner': 'owner', '#id': 'id' } },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#id}',
    ],
    [
      'a reserved word',
      { ...byOwner, FilterExpression: 'status = :owner' },
      'Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: status',
    ],
    [
      'a comparison of lists',
      {
        ...byOwner,
        FilterExpression: 'NOT note IN (:list)',
        ExpressionAttributeValues: { ...byOwner.ExpressionAttributeValues, ':list': { L: [] } },
      },
      'the embedded DynamoDB does not support in with a value of type L',
    ],
    [
      'a search for a truth in a list',
      {
        ...byOwner,
        FilterExpression: 'contains(note, :yes)',
        ExpressionAttributeValues: { ...byOwner.ExpressionAttributeValues, ':yes': { BOOL: true } },
      },
      'the embedded DynamoDB does not support contains with a value of type BOOL',
    ],
    [
      'an empty key',
      { ...byOwner, ExpressionAttributeValues: { ':owner': { S: '' } } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: owner',
    ],
  ])('of an index is refused with %s', async (_name, input, message) => {
    await expect(db.call('Query', input)).rejects.toMatchObject({ name: 'ValidationException', message });
  });
});

describe('other requests', () => {
  it.each([
    [
      'GetItem',
      { Key: { id: { S: '' } } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    ],
    [
      'GetItem',
      { Key: { id: { S: 'a' }, more: { S: 'b' } } },
      'The provided key element does not match the schema',
    ],
  ])('%s is refused with %j', async (operation, input, message) => {
    await expect(db.call(operation, { TableName: 'Jobs', ...input })).rejects.toMatchObject({
      name: 'ValidationException',
      message,
    });
  });
});

describe('an update expression', () => {
  it('removes the elements of a list that were at these places before', async () => {
    const letters = { L: ['a', 'b', 'c', 'd'].map((S) => ({ S })) };
    await update('SET letters = :letters', { ':letters': letters });

    const { Attributes } = await update('REMOVE letters[0], letters[2] SET letters[1] = :new', {
      ':new': { S: 'B' },
    });

    expect(Attributes.letters).toEqual({ L: [{ S: 'B' }, { S: 'd' }] });
  });

  it('takes its operands from the item as it was before', async () => {
    await update('SET a = :one, b = :two', { ':one': { N: '1' }, ':two': { N: '2' } });

    const { Attributes } = await update('SET a = b, b = a + :one', { ':one': { N: '1' } });

    expect(Attributes).toMatchObject({ a: { N: '2' }, b: { N: '2' } });
  });

  it('answers no attributes where it changed none', async () => {
    const answer = await db.call('UpdateItem', {
      TableName: 'Jobs',
      Key,
      UpdateExpression: 'REMOVE note',
      ReturnValues: 'UPDATED_NEW',
    });

    expect(answer).not.toHaveProperty('Attributes');
  });

  it('copies an attribute that it also changes', async () => {
    const doc = { M: { a: { N: '1' } } };
    await update('SET n = :one, doc = :doc', { ':one': { N: '1' }, ':doc': doc });

    const { Attributes } = await update(
      'SET twin = doc, doc.a = :two, third = if_not_exists(n, :two) ADD n :two',
      {
        ':two': { N: '2' },
      },
    );

    expect(Attributes).toMatchObject({
      n: { N: '3' },
      third: { N: '1' },
      twin: doc,
      doc: { M: { a: { N: '2' } } },
    });
  });

  it('is refused when two of its paths overlap', async () => {
    await expect(update('SET doc.a = :value, doc = :value', { ':value': { N: '1' } })).rejects.toThrow(
      'Two document paths overlap with each other',
    );
  });
});
