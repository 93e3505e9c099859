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

function synthesized(build: (stack: Stack) => unknown): Resource {
  const stack = new Stack(new App(), 'Test', { env: { account: '000000000000', region: 'us-east-1' } });
  build(stack);
  const [found] = Object.entries(Template.fromStack(stack).findResources(table.type));
  const [logicalId, { Properties }] = found as [string, { Properties: Resource['properties'] }];
  return { logicalId, path: 'Test/Jobs', type: table.type, assembly: '', properties: Properties };
}

describe('a table', () => {
  it('made by the CDK comes up with all it asks for', async () => {
    const resource = synthesized((stack: Stack) =>
      new dynamodb.Table(stack, 'Jobs', {
        partitionKey,
        billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
        stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        timeToLiveAttribute: 'expiresAt',
        encryption: dynamodb.TableEncryption.AWS_MANAGED,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: true,
      }).addGlobalSecondaryIndex(ownerIndex),
    );

    const { ref, attributes } = await table.create(resource);

    expect(ignoredProperties(resource.properties, table)).toEqual([]);
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
    const resource = synthesized((stack) => new dynamodb.Table(stack, 'Jobs', { partitionKey }));
    const { ref } = await table.create(resource);
    await service.perform({ operation: 'PutItem', input: { TableName: ref, Item: { id: { S: 'a' } } } });

    await table.create(resource);
    const scan = await service.perform({ operation: 'Scan', input: { TableName: ref } });
    const KeySchema = [{ AttributeName: 'other', KeyType: 'HASH' }];
    const changed = { ...resource, properties: { ...resource.properties, KeySchema } };

    expect(scan.Count).toBe(1);
    await expect(table.create(changed)).rejects.toThrow('exists with other keys or indexes');
  });

  it('is refused with a policy of its own', () => {
    expect(ignoredProperties({ ResourcePolicy: { PolicyDocument: {} } }, table)).toEqual(['ResourcePolicy']);
  });
});
