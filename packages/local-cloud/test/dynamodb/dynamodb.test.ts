import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDynamoDb, type DynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { AwsError } from '../../src/wire/aws-error.ts';
import { until } from '../support/until.ts';
import { nextVersion, openDynamoDb } from './dynamodb-fixture.ts';

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb({ timeScale: 0.001 });
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

  it('writes no request of a batch when one of them is invalid', async () => {
    const requests = [
      { PutRequest: { Item: { id: { S: 'a' } } } },
      { PutRequest: { Item: { id: { N: '1' } } } },
    ];

    const batch = db.call('BatchWriteItem', { RequestItems: { Jobs: requests } });

    await expect(batch).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await get('a')).toBeUndefined();
  });

  it('reports the units that AWS would bill', async () => {
    const big = { S: 'x'.repeat(1500) };
    const used = async (work: Promise<unknown>) => {
      const before = { ...db.units };
      await work.catch(() => undefined);
      return { read: db.units.read - before.read, write: db.units.write - before.write };
    };

    expect(await used(put({ id: { S: 'a' }, big }))).toEqual({ read: 0, write: 2 });
    // The same item under an index key: its index entry costs one more.
    const indexed = { id: { S: 'a' }, owner: { S: 'ada' }, createdAt: { S: '1' } };
    expect(await used(put(indexed))).toEqual({ read: 0, write: 3 });
    // The index projects keys only, so it is not touched.
    expect(await used(put({ ...indexed, note: { S: 'x' } }))).toEqual({ read: 0, write: 1 });
    // An entry that moves is deleted and put.
    expect(await used(put({ ...indexed, owner: { S: 'bob' } }))).toEqual({ read: 0, write: 3 });
    expect(await used(db.call('UpdateItem', nextVersion('a', 9)))).toEqual({ read: 0, write: 1 });
    expect(await used(get('a'))).toEqual({ read: 0.5, write: 0 });
    expect(await used(db.call('Scan', { TableName: 'Jobs', ConsistentRead: true }))).toEqual({
      read: 1,
      write: 0,
    });
  });

  it('removes an expired item and says in the stream that the service did', async () => {
    const now = Math.floor(Date.now() / 1000);
    await put({ id: { S: 'old' }, expiresAt: { N: String(now - 1) } });
    await put({ id: { S: 'young' }, expiresAt: { N: String(now + 1000) } });

    const newest = async () => (await db.records()).at(-1);
    await until(async () => (await newest()).eventName === 'REMOVE');

    expect(await newest()).toMatchObject({
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    });
    expect(await get('old')).toBeUndefined();
    expect(await get('young')).toBeDefined();
  });
});

describe('transactions', () => {
  const check = (id: string) => ({
    ConditionCheck: {
      TableName: 'Jobs',
      Key: { id: { S: id } },
      ConditionExpression: 'attribute_exists(id)',
    },
  });
  const putOf = (id: string) => ({ Put: { TableName: 'Jobs', Item: { id: { S: id } } } });

  it('writes all or nothing', async () => {
    await expect(
      db.call('TransactWriteItems', { TransactItems: [putOf('a'), check('missing'), putOf('b')] }),
    ).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[None, ConditionalCheckFailed, None]'),
      members: {
        CancellationReasons: [
          { Code: 'None' },
          { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
          { Code: 'None' },
        ],
      },
    });
    expect(await get('a')).toBeUndefined();
    expect(await db.records()).toHaveLength(0);

    await put({ id: { S: 'present' } });
    await db.call('TransactWriteItems', {
      TransactItems: [putOf('a'), check('present'), { Update: nextVersion('b', 0) }],
    });
    expect((await db.records()).map(({ dynamodb }) => dynamodb.Keys.id.S)).toEqual(['present', 'a', 'b']);
    expect(await get('present')).toBeDefined();

    const { Responses } = await db.call('TransactGetItems', {
      TransactItems: ['a', 'none'].map((id) => ({ Get: { TableName: 'Jobs', Key: { id: { S: id } } } })),
    });
    expect(Responses).toEqual([{ Item: { id: { S: 'a' } } }, {}]);
  });

  it('does a transaction once when it is sent again with its token', async () => {
    const transaction = { TransactItems: [{ Update: nextVersion('a', 0) }], ClientRequestToken: 'token' };

    await db.call('TransactWriteItems', transaction);
    await db.call('TransactWriteItems', transaction);

    expect((await get('a')).version).toEqual({ N: '1' });
    await expect(
      db.call('TransactWriteItems', { ...transaction, TransactItems: [putOf('b')] }),
    ).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  });

  it('keeps racing transactions apart', async () => {
    await put({ id: { S: 'a' }, n: { N: '0' } });
    await put({ id: { S: 'b' }, n: { N: '0' } });
    const add = (id: string) => ({
      Update: {
        TableName: 'Jobs',
        Key: { id: { S: id } },
        UpdateExpression: 'SET n = n + :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    });

    const orders = Array.from({ length: 40 }, (_, i) => (i % 2 ? ['a', 'b'] : ['b', 'a']));
    await Promise.all(orders.map((ids) => db.call('TransactWriteItems', { TransactItems: ids.map(add) })));

    expect([(await get('a')).n, (await get('b')).n]).toEqual([{ N: '40' }, { N: '40' }]);
  });
});

describe('permissions', () => {
  const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/Jobs';

  it.each([
    ['UpdateItem', { TableName: 'Jobs' }, [['dynamodb:UpdateItem', table]]],
    ['Query', { TableName: 'Jobs', IndexName: 'byOwner' }, [['dynamodb:Query', `${table}/index/byOwner`]]],
    ['ListStreams', {}, [['dynamodb:ListStreams', '*']]],
    [
      'GetRecords',
      { ShardIterator: `${table}/stream/x|1|5` },
      [['dynamodb:GetRecords', `${table}/stream/x`]],
    ],
    ['BatchGetItem', { RequestItems: { Jobs: {} } }, [['dynamodb:BatchGetItem', table]]],
    [
      'TransactWriteItems',
      { TransactItems: [{ Put: { TableName: 'Jobs' } }, { ConditionCheck: { TableName: 'Jobs' } }] },
      [
        ['dynamodb:PutItem', table],
        ['dynamodb:ConditionCheckItem', table],
      ],
    ],
  ])('of %s are the ones AWS asks for', (operation, input, expected) => {
    const needed = db.dynamodb.service.permissions({ operation, input });

    expect(needed.map(({ action, resource }) => [action, resource])).toEqual(expected);
  });
});

describe('the wire', () => {
  it('serves the document client', async () => {
    await using served = await serve(db.dynamodb);
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

  it('forwards every call to an outside endpoint', async () => {
    await using outside = await serve(db.dynamodb);
    const external = await createDynamoDb({
      endpoint: new URL(outside.url),
      timeScale: 1,
      usage: { units: () => undefined },
      log: () => undefined,
    });
    const perform = (operation: string, input: object) =>
      external.perform({ operation, input: { ...input } });

    await perform('UpdateItem', nextVersion('a', 0));
    const { ShardIterator } = await perform('GetShardIterator', {
      StreamArn: db.streamArn,
      ShardId: 'shardId-00000000000000000000-00000001',
      ShardIteratorType: 'TRIM_HORIZON',
    });
    const input = { ShardIterator };

    expect(external.service.permissions({ operation: 'GetRecords', input })[0]?.resource).toBe(db.streamArn);
    expect(await perform('GetRecords', input)).toMatchObject({ Records: [{ eventName: 'INSERT' }] });
    await expect(
      perform('UpdateItem', { ...nextVersion('a', 5), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    ).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      members: { Item: { id: { S: 'a' } } },
    });
  });
});

async function serve({ service }: DynamoDb) {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const headers = request.headers as Record<string, string>;
    try {
      const call = service.read({ method: 'POST', path: '/', query: new URLSearchParams(), headers, body });
      response.end(JSON.stringify(await service.perform(call)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      response.statusCode = error.status;
      response.end(JSON.stringify({ __type: error.name, message: error.message, ...error.members }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const documentClient = (endpoint: string) =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
  );
