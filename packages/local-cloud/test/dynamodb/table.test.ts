import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { ignoredProperties } from '../../src/cloudformation/unsupported.ts';
import { createDynamoDb, type DynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { globalTable, table } from '../../src/dynamodb/table.ts';
import type { Cloud, Resource, ResourceKind } from '../../src/wire/cloud.ts';

let service: DynamoDb;
let cloud: Cloud;
beforeEach(async () => {
  cloud = {
    options: { timeScale: 1 },
    usage: { units: () => undefined },
    log: () => undefined,
    services: new Map(),
  } as never;
  service = await createDynamoDb(cloud);
  (cloud.services as Map<string, DynamoDb>).set('dynamodb', service);
});
afterEach(() => service.stop());

const partitionKey = { name: 'id', type: dynamodb.AttributeType.STRING };
const ownerIndex = {
  indexName: 'byOwner',
  partitionKey: { name: 'owner', type: dynamodb.AttributeType.STRING },
};

function synthesized(kind: ResourceKind, build: (stack: Stack) => unknown): Resource {
  const stack = new Stack(new App(), 'Test', { env: { account: '000000000000', region: 'us-east-1' } });
  build(stack);
  const [found] = Object.entries(Template.fromStack(stack).findResources(kind.type));
  const [logicalId, { Properties }] = found as [string, { Properties: Resource['properties'] }];
  return { logicalId, path: 'Test/Jobs', type: kind.type, assembly: '', properties: Properties };
}

describe('a table', () => {
  it.each([
    [
      'Table',
      table,
      (stack: Stack) =>
        new dynamodb.Table(stack, 'Jobs', {
          partitionKey,
          billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
          stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
          timeToLiveAttribute: 'expiresAt',
          encryption: dynamodb.TableEncryption.AWS_MANAGED,
          pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
          deletionProtection: true,
        }).addGlobalSecondaryIndex(ownerIndex),
    ],
    [
      'TableV2',
      globalTable,
      (stack: Stack) =>
        new dynamodb.TableV2(stack, 'Jobs', {
          partitionKey,
          dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
          timeToLiveAttribute: 'expiresAt',
          encryption: dynamodb.TableEncryptionV2.awsManagedKey(),
          pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
          deletionProtection: true,
          globalSecondaryIndexes: [ownerIndex],
        }),
    ],
  ])('made by the CDK as %s comes up with all it asks for', async (_, kind, build) => {
    const resource = synthesized(kind, build);

    const { ref, attributes } = await kind.create(resource, cloud);

    expect(ignoredProperties(resource.properties, kind)).toEqual([]);
    expect(ref).toBe(resource.logicalId);
    expect(attributes?.Arn).toBe(`arn:aws:dynamodb:us-east-1:000000000000:table/${ref}`);
    const perform = (operation: string) => service.perform({ operation, input: { TableName: ref } });
    expect(await perform('DescribeTable')).toMatchObject({
      Table: {
        TableStatus: 'ACTIVE',
        LatestStreamArn: attributes?.StreamArn,
        GlobalSecondaryIndexes: [{ IndexName: 'byOwner' }],
      },
    });
    expect(await perform('DescribeTimeToLive')).toMatchObject({
      TimeToLiveDescription: { AttributeName: 'expiresAt' },
    });
  });

  it('is kept when it is there, and refused when its keys are others', async () => {
    const resource = synthesized(table, (stack) => new dynamodb.Table(stack, 'Jobs', { partitionKey }));
    const { ref } = await table.create(resource, cloud);
    await service.perform({ operation: 'PutItem', input: { TableName: ref, Item: { id: { S: 'a' } } } });

    await table.create(resource, cloud);
    const scan = await service.perform({ operation: 'Scan', input: { TableName: ref } });
    const KeySchema = [{ AttributeName: 'other', KeyType: 'HASH' }];
    const changed = { ...resource, properties: { ...resource.properties, KeySchema } };

    expect(scan.Count).toBe(1);
    await expect(table.create(changed, cloud)).rejects.toThrow('exists with other keys or indexes');
  });

  it('is refused when it asks for replicas elsewhere', async () => {
    const properties = { Replicas: [{ Region: 'us-east-1' }, { Region: 'eu-west-1' }] };
    const resource = {
      logicalId: 'Jobs',
      path: 'Test/Jobs',
      type: globalTable.type,
      assembly: '',
      properties,
    };

    expect(() => globalTable.create(resource, cloud)).toThrow('one region on this machine');
  });

  it('is refused with a policy of its own, on a replica too', () => {
    const ResourcePolicy = { PolicyDocument: {} };
    const Replicas = [{ Region: 'us-east-1', Tags: [], ResourcePolicy }];

    expect(ignoredProperties({ Replicas }, globalTable)).toEqual(['Replicas.ResourcePolicy']);
    expect(ignoredProperties({ ResourcePolicy }, table)).toEqual(['ResourcePolicy']);
  });
});
