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
      'SPECIFIC_ATTRIBUTES without a projection',
      { ...byOwner, Select: 'SPECIFIC_ATTRIBUTES' },
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    ],
    [
      'COUNT and a projection',
      { ...byOwner, Select: 'COUNT', ProjectionExpression: 'id' },
      'Cannot specify the ProjectionExpression when choosing to get only the Count',
    ],
    [
      'ALL_PROJECTED_ATTRIBUTES of a table',
      { ...byOwner, IndexName: undefined, Select: 'ALL_PROJECTED_ATTRIBUTES' },
      'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    ],
    [
      'ALL_ATTRIBUTES of an index that has the keys only',
      { ...byOwner, Select: 'ALL_ATTRIBUTES' },
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index byOwner because its projection type is not ALL',
    ],
    [
      'an attribute that the index does not project',
      { ...byOwner, ProjectionExpression: 'id, note' },
      'One or more parameter values were invalid: Global secondary index byOwner does not project [note]',
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
      'an expression of more than 4 KB',
      { ...byOwner, FilterExpression: `attribute_exists(${'x'.repeat(4096)})` },
      'Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4114',
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
      'Scan',
      { Segment: 0 },
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    ],
    ['DeleteItem', { Key, ReturnValues: 'ALL_NEW' }, 'ReturnValues can only be ALL_OLD or NONE'],
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

  it.each([
    ['SET twin = n ADD n :value', 'cannot copy n in the expression that changes n'],
    ['SET twin = doc, doc.a = :value', 'cannot copy doc in the expression that changes doc.a'],
    [
      'SET twin = if_not_exists(doc, :value) REMOVE doc.a',
      'cannot copy doc in the expression that changes doc.a',
    ],
    ['SET doc.a = :value, doc = :value', 'Two document paths overlap with each other'],
  ])('is refused when it is %s', async (expression, message) => {
    await expect(update(expression, { ':value': { N: '1' } })).rejects.toThrow(message);
  });
});
