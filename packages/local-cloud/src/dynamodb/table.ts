import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Created, Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';

const activeWithinMs = 30_000;
const pollMs = 20;

/** Passed to CreateTable as they are. */
const passedOn = [
  ...['KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes'],
  ...['BillingMode', 'ProvisionedThroughput'],
];

/**
 * A DynamoDB table. `Ref` is its name; a table that the data folder has already is kept.
 * @param perform Carries out a call of DynamoDB.
 */
export function table(perform: (call: AwsCall) => Promise<JsonObject>): ResourceKind {
  const call: Call = (operation, input) => perform({ operation, input });
  return {
    type: 'AWS::DynamoDB::Table',
    honoured: [...passedOn, 'TableName', 'StreamSpecification', 'TimeToLiveSpecification'],
    harmless: [
      ...['SSESpecification', 'Tags', 'DeletionProtectionEnabled', 'ContributorInsightsSpecification'],
      ...['PointInTimeRecoverySpecification', 'TableClass'],
    ],
    create: (resource) => createTable(resource, call),
  };
}

type Call = (operation: string, input: JsonObject) => Promise<JsonObject>;

async function createTable(resource: Resource, call: Call): Promise<Created> {
  const { StreamSpecification, TimeToLiveSpecification, ...properties } = resource.properties;
  const TableName: string = properties.TableName ?? resource.logicalId;
  const asked = {
    // On one machine, throughput limits nothing.
    ...(!properties.ProvisionedThroughput && { BillingMode: 'PAY_PER_REQUEST' }),
    ...Object.fromEntries(Object.entries(properties).filter(([name]) => passedOn.includes(name))),
    ...(StreamSpecification && { StreamSpecification: { ...StreamSpecification, StreamEnabled: true } }),
    TableName,
  };

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
