import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Resource, ResourceKind } from '../wire/cloud.ts';
import {
  type AwsService,
  account,
  type Cloud,
  type Created,
  type JsonObject,
  region,
} from '../wire/cloud.ts';

const activeWithinMs = 30_000;
const pollMs = 20;

const honoured = [
  ...['TableName', 'KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes'],
  ...['BillingMode', 'StreamSpecification', 'TimeToLiveSpecification'],
];
const harmless = [
  'SSESpecification',
  'Tags',
  'DeletionProtectionEnabled',
  'ContributorInsightsSpecification',
];

const harmlessOfReplicas = [
  ...harmless,
  ...['PointInTimeRecoverySpecification', 'TableClass'],
  // Throughput and insights of what the table itself declares.
  ...['GlobalSecondaryIndexes', 'ReadOnDemandThroughputSettings', 'ReadProvisionedThroughputSettings'],
];

/** A DynamoDB table. `Ref` is its name; with a data folder an existing one is kept. */
export const table: ResourceKind = {
  type: 'AWS::DynamoDB::Table',
  honoured: [...honoured, 'ProvisionedThroughput'],
  harmless: [...harmless, 'PointInTimeRecoverySpecification', 'TableClass'],
  create: (resource, cloud) => createTable(resource, resource.properties, cloud),
};

/** A table as CDK's `TableV2` makes it. Only its replica in this region exists. */
export const globalTable: ResourceKind = {
  type: 'AWS::DynamoDB::GlobalTable',
  honoured: [...honoured, 'Replicas.Region'],
  harmless: [...harmless, 'WarmThroughput', ...harmlessOfReplicas.map((name) => `Replicas.${name}`)],
  create: (resource, cloud) => {
    const { Replicas, ...properties } = resource.properties;
    const regions = (Replicas ?? []).map((replica: { Region: string }) => replica.Region);
    if (regions.length > 1) {
      throw new Error(`${resource.path}: there is one region on this machine, not ${regions.join(', ')}`);
    }
    return createTable(resource, properties, cloud);
  },
};

async function createTable(
  resource: Resource,
  properties: Resource['properties'],
  cloud: Cloud,
): Promise<Created> {
  const dynamodb = cloud.services.get('dynamodb') as AwsService;
  const { StreamSpecification, TimeToLiveSpecification, BillingMode, ProvisionedThroughput, ...rest } =
    properties;
  const TableName: string = properties.TableName ?? resource.logicalId;
  const asked = {
    ...Object.fromEntries(Object.entries(rest).filter(([name]) => honoured.includes(name))),
    // CloudFormation's default; on one machine throughput limits nothing.
    ...(ProvisionedThroughput
      ? { ProvisionedThroughput }
      : { BillingMode: BillingMode ?? 'PAY_PER_REQUEST' }),
    ...(StreamSpecification ? { StreamSpecification: { ...StreamSpecification, StreamEnabled: true } } : {}),
    TableName,
  };
  const call = (operation: string, input: JsonObject) =>
    dynamodb.perform({ operation, input }) as Promise<JsonObject>;

  const present = await call('DescribeTable', { TableName }).catch((error) => {
    if (error.name !== 'ResourceNotFoundException') throw error;
    return undefined;
  });
  if (present) await adapt(resource, asked, present.Table as JsonObject, call);
  else await call('CreateTable', asked);
  const description = await active(resource, TableName, call);
  if (TimeToLiveSpecification) await expire(TableName, TimeToLiveSpecification, call);

  const stream = description.LatestStreamArn;
  return {
    ref: TableName,
    attributes: {
      // Policies name tables by this ARN, whatever an outside endpoint calls them.
      Arn: `arn:aws:dynamodb:${region}:${account}:table/${TableName}`,
      TableId: String(description.TableId ?? TableName),
      ...(stream ? { StreamArn: String(stream) } : {}),
    },
  };
}

type Call = (operation: string, input: JsonObject) => Promise<JsonObject>;

/** Fits an existing table to the template: its keys must match, its stream is switched on. */
async function adapt(resource: Resource, asked: JsonObject, present: JsonObject, call: Call): Promise<void> {
  if (!isDeepStrictEqual(shape(asked), shape(present))) {
    throw new Error(
      `${resource.path}: table ${asked.TableName} exists with other keys or indexes ` +
        `(${JSON.stringify(shape(present))}, not ${JSON.stringify(shape(asked))}); delete it or the data folder`,
    );
  }
  if (!asked.StreamSpecification || present.StreamSpecification) return;
  const { TableName, StreamSpecification } = asked;
  await call('UpdateTable', { TableName, StreamSpecification });
}

/** What of a table cannot change. */
function shape({ KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes }: JsonObject): object {
  interface Index {
    IndexName: string;
    KeySchema: Key[];
    Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
  }
  interface Key {
    AttributeName: string;
    KeyType: string;
  }
  const keys = (schema: Key[]) => schema.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`);
  const indexes = (list: unknown) =>
    ((list ?? []) as Index[])
      .map(({ IndexName, KeySchema, Projection: { ProjectionType, NonKeyAttributes } }) => ({
        index: IndexName,
        keys: keys(KeySchema),
        projection: [ProjectionType, ...(NonKeyAttributes ?? []).toSorted()],
      }))
      .sort((a, b) => (a.index < b.index ? -1 : 1));
  return {
    keys: keys(KeySchema as Key[]),
    indexes: [...indexes(GlobalSecondaryIndexes), ...indexes(LocalSecondaryIndexes)],
  };
}

async function active(resource: Resource, TableName: string, call: Call): Promise<JsonObject> {
  for (let waited = 0; waited < activeWithinMs; waited += pollMs) {
    const description = (await call('DescribeTable', { TableName })).Table as JsonObject;
    if (description.TableStatus === 'ACTIVE') return description;
    await setTimeout(pollMs);
  }
  throw new Error(`${resource.path}: table ${TableName} did not become ACTIVE within ${activeWithinMs} ms`);
}

async function expire(TableName: string, asked: JsonObject, call: Call): Promise<void> {
  const { TimeToLiveDescription } = await call('DescribeTimeToLive', { TableName });
  const { TimeToLiveStatus, AttributeName } = TimeToLiveDescription as JsonObject;
  const enabled = TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING';
  if (enabled === asked.Enabled && (!enabled || AttributeName === asked.AttributeName)) return;
  await call('UpdateTimeToLive', { TableName, TimeToLiveSpecification: asked });
}
