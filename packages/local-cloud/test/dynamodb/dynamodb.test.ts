import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDynamoDb } from './dynamodb-fixture.ts';
import { serveDynamoDb } from './serve-dynamodb.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
});
afterEach(() => db.dynamodb.stop());

describe('permissions', () => {
  const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/Jobs';

  it.each([
    ['UpdateItem', { TableName: 'Jobs' }, [['dynamodb:UpdateItem', table]]],
    ['Query', { TableName: 'Jobs', IndexName: 'byOwner' }, [['dynamodb:Query', `${table}/index/byOwner`]]],
    ['ListTables', {}, [['dynamodb:ListTables', '*']]],
    [
      'GetRecords',
      { ShardIterator: `${table}/stream/x|1|5` },
      [['dynamodb:GetRecords', `${table}/stream/x`]],
    ],
    ['BatchGetItem', { RequestItems: { Jobs: {} } }, [['dynamodb:BatchGetItem', table]]],
  ])('of %s are the ones AWS asks for', (operation, input, expected) => {
    const needed = db.dynamodb.service.permissions({ operation, input });

    expect(needed.map(({ action, resource }) => [action, resource])).toEqual(expected);
  });
});

describe('the wire', () => {
  it('serves the document client', async () => {
    await using served = await serveDynamoDb(db.dynamodb);
    const client = documentClient(served.url);

    await client.send(
      new PutCommand({ TableName: 'Jobs', Item: { id: 'é', empty: '', tags: new Set(['b', 'a']) } }),
    );
    const update = new UpdateCommand({
      TableName: 'Jobs',
      Key: { id: 'é' },
      UpdateExpression: 'SET version = :v',
      ConditionExpression: 'version = :v',
      ExpressionAttributeValues: { ':v': 1 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });

    await expect(client.send(update)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { id: { S: 'é' }, empty: { S: '' } },
    });
    const { Item } = await client.send(new GetCommand({ TableName: 'Jobs', Key: { id: 'é' } }));
    expect(Item).toEqual({ id: 'é', empty: '', tags: new Set(['a', 'b']) });
  });

  it.each([
    'TransactWriteItems',
    'BatchWriteItem',
    'ExecuteStatement',
    'CreateTable',
    'UpdateTable',
    'DeleteTable',
    'TagResource',
  ])('does not know %s', (operation) => {
    const request = {
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: Buffer.from('{}'),
    };

    expect(() => db.dynamodb.service.read(request)).toThrow(
      expect.objectContaining({
        name: 'UnknownOperationException',
        message: expect.stringContaining(operation),
      }),
    );
  });
});

const documentClient = (endpoint: string) =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
  );
