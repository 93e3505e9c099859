import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Resource, ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { ignoredProperties } from '../../src/cloudformation/unsupported.ts';
import { createDynamoDb, type DynamoDb } from '../../src/dynamodb/dynamodb.ts';

let service: DynamoDb;
let table: ResourceKind;
beforeEach(async () => {
  service = await createDynamoDb({ timeScale: 1, usage: { units: () => undefined }, log: () => undefined });
  [table] = service.kinds as [ResourceKind];
});
afterEach(() => service.stop());

const partitionKey = { name: 'id', type: dynamodb.AttributeType.STRING };
const ownerIndex = {
  indexName: 'byOwner',
  partitionKey: { name: 'owner', type: dynamodb.AttributeType.STRING },
};

/** The table that the CDK makes of these props. */
function synthesized(props: Partial<dynamodb.TableProps>, index = false): Resource {
  const stack = new Stack(new App(), 'Test', { env: { account: '000000000000', region: 'us-east-1' } });
  const made = new dynamodb.Table(stack, 'Jobs', { partitionKey, ...props });
  if (index) made.addGlobalSecondaryIndex(ownerIndex);
  const [found] = Object.entries(Template.fromStack(stack).findResources(table.type));
  const [logicalId, { Properties }] = found as [string, { Properties: Resource['properties'] }];
  return { logicalId, path: 'Test/Jobs', type: table.type, assembly: '', properties: Properties };
}

const all = {
  billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
  stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
  timeToLiveAttribute: 'expiresAt',
  encryption: dynamodb.TableEncryption.AWS_MANAGED,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 7 },
  deletionProtection: true,
};
const perform = (operation: string, TableName: string) =>
  service.perform({ operation, input: { TableName } });

describe('a table of the template', () => {
  it('comes up with all it asks for', async () => {
    const resource = synthesized(all, true);

    const { ref, attributes: { Arn, StreamArn } = {} } = await table.create(resource);

    expect(ignoredProperties(resource.properties, table)).toEqual([]);
    expect(ref).toBe(resource.logicalId);
    expect(Arn).toBe(`arn:aws:dynamodb:us-east-1:000000000000:table/${ref}`);
    expect(await perform('DescribeTable', ref)).toMatchObject({
      Table: {
        TableStatus: 'ACTIVE',
        LatestStreamArn: StreamArn,
        GlobalSecondaryIndexes: [{ IndexName: 'byOwner', IndexStatus: 'ACTIVE' }],
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        SSEDescription: { Status: 'ENABLED' },
        DeletionProtectionEnabled: true,
      },
    });
    expect(await perform('DescribeTimeToLive', ref)).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
    expect(await perform('DescribeContinuousBackups', ref)).toMatchObject({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 7 },
      },
    });
  });

  it('is kept when it is there, with the settings of the template of today', async () => {
    const { ref, attributes } = await table.create(synthesized(all));
    const item = { id: { S: 'a' }, expiresAt: { N: '1' } };
    await service.perform({ operation: 'PutItem', input: { TableName: ref, Item: item } });

    const again = await table.create(synthesized(all));
    const plain = await table.create(synthesized({}));

    expect(again.attributes).toEqual(attributes);
    expect(plain.attributes).not.toHaveProperty('StreamArn');
    const { Table } = await perform('DescribeTable', ref);
    expect(Table).toMatchObject({
      ItemCount: 1,
      DeletionProtectionEnabled: false,
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    });
    expect(Table).not.toHaveProperty('SSEDescription');
    expect(await perform('DescribeTimeToLive', ref)).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
    });
  });

  it.each([
    ['another key', { partitionKey: { name: 'other', type: dynamodb.AttributeType.STRING } }, false],
    ['another type of key', { partitionKey: { name: 'id', type: dynamodb.AttributeType.NUMBER } }, false],
    ['another index', {}, true],
  ])('is refused when it is there with %s', async (_name, props, index) => {
    await table.create(synthesized({}));

    await expect(table.create(synthesized(props, index))).rejects.toThrow(
      'exists with other keys or indexes',
    );
  });

  it.each([
    ['a policy of its own', { ResourcePolicy: { PolicyDocument: {} } }, ['ResourcePolicy']],
    ['a local index', { LocalSecondaryIndexes: [] }, ['LocalSecondaryIndexes']],
    [
      'a KMS key',
      { SSESpecification: { SSEEnabled: true, KMSMasterKeyId: 'k' } },
      ['SSESpecification.KMSMasterKeyId'],
    ],
    ['a throughput limit', { OnDemandThroughput: { MaxReadRequestUnits: 1 } }, ['OnDemandThroughput']],
    [
      'a throughput limit of an index',
      { GlobalSecondaryIndexes: [{ OnDemandThroughput: { MaxReadRequestUnits: 1 } }] },
      ['GlobalSecondaryIndexes.OnDemandThroughput'],
    ],
  ])('is refused with %s', (_name, properties, ignored) => {
    expect(ignoredProperties(properties, table)).toEqual(ignored);
  });

  it('is refused with a class that has other prices', async () => {
    const resource = synthesized({ tableClass: dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS });

    await expect(table.create(resource)).rejects.toThrow(
      'Test/Jobs: TableClass is STANDARD_INFREQUENT_ACCESS, but only STANDARD is supported',
    );
  });
});
