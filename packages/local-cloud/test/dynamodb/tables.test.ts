import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDynamoDb, type DynamoDb } from '../../src/dynamodb/dynamodb.ts';

let dynamodb: DynamoDb;
beforeEach(async () => {
  dynamodb = await createDynamoDb({ timeScale: 1, usage: { units: () => undefined }, log: () => undefined });
});
afterEach(() => dynamodb.stop());

const call = (operation: string, input: object) => dynamodb.perform({ operation, input: { ...input } });
const tableOf = (TableName: string, more: object = {}) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  ...more,
});
const create = (TableName: string, more: object = {}) => call('CreateTable', tableOf(TableName, more));

describe('tables', () => {
  it('are described as they were asked for', async () => {
    await create('Jobs', {
      DeletionProtectionEnabled: true,
      SSESpecification: { Enabled: true },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    for (const id of ['a', 'b']) await call('PutItem', { TableName: 'Jobs', Item: { id: { S: id } } });

    expect(await call('DescribeTable', { TableName: 'Jobs' })).toMatchObject({
      Table: {
        TableStatus: 'ACTIVE',
        ItemCount: 2,
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        LatestStreamArn: expect.stringContaining('table/Jobs/stream/'),
        DeletionProtectionEnabled: true,
      },
    });
  });

  it('do not claim what was not asked for', async () => {
    await create('Plain', {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    });

    const { Table } = await call('DescribeTable', { TableName: 'Plain' });

    expect(Table).toMatchObject({
      DeletionProtectionEnabled: false,
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    });
    for (const name of ['BillingModeSummary', 'SSEDescription', 'StreamSpecification', 'LatestStreamArn']) {
      expect(Table).not.toHaveProperty(name);
    }
    expect(await call('DescribeTimeToLive', { TableName: 'Plain' })).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
    });
    expect(await call('DescribeContinuousBackups', { TableName: 'Plain' })).toEqual({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
      },
    });
  });

  it('are listed by page', async () => {
    for (const name of ['Ccc', 'Aaa', 'Bbb']) await create(name);

    const first = await call('ListTables', { Limit: 2 });
    const second = await call('ListTables', { Limit: 2, ExclusiveStartTableName: 'Bbb' });

    expect(first).toEqual({ TableNames: ['Aaa', 'Bbb'], LastEvaluatedTableName: 'Bbb' });
    expect(second).toEqual({ TableNames: ['Ccc'] });
    await expect(call('ListTables', { Limit: 101 })).rejects.toThrow(
      "Value '101' at 'limit' failed to satisfy constraint",
    );
  });

  it.each([
    [
      'no billing mode and no throughput',
      { BillingMode: undefined },
      'must both be specified when BillingMode is PROVISIONED',
    ],
    [
      'an attribute that no key uses',
      {
        AttributeDefinitions: ['id', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      },
      'Number of attributes in KeySchema does not exactly match',
    ],
  ])('are refused with %s', async (_name, more, message) => {
    await expect(create('Jobs', more)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
    expect(await call('ListTables', {})).toEqual({ TableNames: [] });
  });
});
