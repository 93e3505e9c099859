import type { ResourceKind } from '../../src/cloudformation/resource-kind.ts';
import { createDynamoDb, type DynamoDbPorts } from '../../src/dynamodb/dynamodb.ts';
import type { JsonObject } from '../../src/wire/aws-service.ts';

export const shardId = 'shardId-00000000000000000000-00000001';

/** An embedded DynamoDB with one table `Jobs`: key `id`, index `byOwner`, stream, expiry at `expiresAt`. */
export async function openDynamoDb(options: Partial<DynamoDbPorts> = {}) {
  const units = { read: 0, write: 0 };
  const dynamodb = await createDynamoDb({
    timeScale: 1,
    usage: {
      units: (_table: string, { read = 0, write = 0 }) => {
        units.read += read;
        units.write += write;
      },
    } as never,
    log: (entry) => {
      throw new Error(entry.message);
    },
    ...options,
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers are untyped JSON
  const call = (operation: string, input: JsonObject): Promise<any> => dynamodb.perform({ operation, input });
  const [table] = dynamodb.kinds as [ResourceKind];
  const declare = async (properties: object = {}) => {
    const resource = { logicalId: 'Jobs', path: 'Stack/Jobs', type: table.type, assembly: '' };
    const created = await table.create({ ...resource, properties: { ...jobsTable, ...properties } });
    const { StreamArn = '' } = created.attributes ?? {};
    return StreamArn;
  };
  const streamArn = await declare();
  const iterator = async (type: string, SequenceNumber?: string): Promise<string> => {
    const input = { StreamArn: streamArn, ShardId: shardId, ShardIteratorType: type, SequenceNumber };
    return (await call('GetShardIterator', input)).ShardIterator;
  };
  const records = async (from = 'TRIM_HORIZON', SequenceNumber?: string) => {
    let next = await iterator(from, SequenceNumber);
    const all = [];
    for (;;) {
      const { Records, NextShardIterator } = await call('GetRecords', { ShardIterator: next });
      if (Records.length === 0) return all;
      all.push(...Records);
      next = NextShardIterator;
    }
  };
  return { dynamodb, call, units, declare, streamArn, iterator, records };
}

const jobsTable = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'owner', AttributeType: 'S' },
    { AttributeName: 'createdAt', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byOwner',
      KeySchema: [
        { AttributeName: 'owner', KeyType: 'HASH' },
        { AttributeName: 'createdAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' },
};

/** Input of an UpdateItem that takes a job from one version to the next. */
export const nextVersion = (id: string, version: number) => ({
  TableName: 'Jobs',
  Key: { id: { S: id } },
  UpdateExpression: 'SET version = :next',
  ConditionExpression: version === 0 ? 'attribute_not_exists(id)' : 'version = :version',
  ExpressionAttributeValues: {
    ':next': { N: String(version + 1) },
    ...(version === 0 ? {} : { ':version': { N: String(version) } }),
  },
});
