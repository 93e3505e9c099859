import { join } from 'node:path';
import {
  type AwsCall,
  type AwsService,
  account,
  type Cloud,
  type JsonObject,
  region,
} from '../wire/cloud.ts';
import { jsonCall } from '../wire/json-call.ts';
import { openEngine } from './engine.ts';
import { externalEngine } from './external.ts';

const apis: Readonly<Record<string, readonly string[]>> = {
  DynamoDB_20120810: [
    ...['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable', 'ListTables'],
    ...['TagResource', 'UntagResource', 'ListTagsOfResource'],
    ...['UpdateTimeToLive', 'DescribeTimeToLive', 'DescribeContinuousBackups'],
    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'],
    ...['BatchGetItem', 'BatchWriteItem', 'TransactGetItems', 'TransactWriteItems'],
  ],
  DynamoDBStreams_20120810: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'],
};

/** IAM actions of a transaction's parts. */
const transactActions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** DynamoDB and DynamoDB Streams, on the wire and in process. */
export interface DynamoDb extends AwsService {
  perform(call: AwsCall): Promise<JsonObject>;
  /**
   * Settles once there are records that a `GetRecords` with this iterator would read; without an iterator, at the
   * next record of the stream. May settle early (at shutdown, or with an outside endpoint): read and wait again.
   */
  waitForRecords(streamArn: string, shardIterator?: string): Promise<void>;
  stop(): Promise<void>;
}

/** The embedded DynamoDB, kept in `<data>/dynamodb`; or the outside one of `--dynamodb`. */
export async function createDynamoDb(cloud: Pick<Cloud, 'options' | 'usage' | 'log'>): Promise<DynamoDb> {
  const { dynamodb: endpoint, data } = cloud.options;
  const engine = endpoint
    ? externalEngine(endpoint, cloud)
    : await openEngine(cloud, data === undefined ? undefined : join(data, 'dynamodb'));
  return {
    name: 'dynamodb',
    contentType: 'application/x-amz-json-1.0',
    read: (request) => {
      const { operation, input } = jsonCall(request, apis);
      // A table may be named by its ARN.
      const table = input.TableName;
      return {
        operation,
        input:
          typeof table === 'string' ? { ...input, TableName: table.replace(/^arn:.*:table\//, '') } : input,
      };
    },
    permissions,
    ...engine,
  };
}

function permissions({ operation, input }: AwsCall): { action: string; resource: string }[] {
  const on = (resource: string, action = operation) => ({ action: `dynamodb:${action}`, resource });
  switch (operation) {
    case 'ListTables':
    case 'ListStreams':
      return [on('*')];
    case 'DescribeStream':
    case 'GetShardIterator':
      return [on(String(input.StreamArn))];
    case 'GetRecords':
      return [on(String(input.ShardIterator).split('|')[0] ?? '')];
    case 'TagResource':
    case 'UntagResource':
    case 'ListTagsOfResource':
      return [on(String(input.ResourceArn))];
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.keys(input.RequestItems ?? {}).map((table) => on(tableArn(table)));
    case 'TransactGetItems':
    case 'TransactWriteItems':
      return [input.TransactItems ?? []]
        .flat()
        .flatMap((item) =>
          Object.entries(item as Record<string, { TableName?: string }>).map(([kind, { TableName }]) =>
            on(tableArn(TableName), transactActions[kind]),
          ),
        );
    default: {
      const table = tableArn(input.TableName);
      return [on(input.IndexName === undefined ? table : `${table}/index/${input.IndexName}`)];
    }
  }
}

const tableArn = (name: unknown) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
