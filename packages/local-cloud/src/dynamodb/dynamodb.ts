import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import type { AwsCall, AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { type EnginePorts, openEngine } from './engine.ts';
import { externalEngine } from './external.ts';
import { table } from './table.ts';

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
export interface DynamoDb {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Carries a call out without asking for permission. */
  perform(call: AwsCall): Promise<JsonObject>;
  /**
   * Settles when a `GetRecords` with this iterator would find records; without an iterator, at the next record of the
   * stream. May settle early (at shutdown, or with an outside endpoint): read and wait again.
   */
  waitForRecords(streamArn: string, shardIterator?: string): Promise<void>;
  stop(): Promise<void>;
}

/** What DynamoDB works with. */
export interface DynamoDbPorts extends EnginePorts {
  /** Keeps tables in `<data>/dynamodb`. */
  readonly data?: string | undefined;
  /** An outside endpoint to use instead of the embedded engine. */
  readonly endpoint?: URL | undefined;
}

/** The embedded DynamoDB, or the outside one. */
export async function createDynamoDb({ data, endpoint, ...ports }: DynamoDbPorts): Promise<DynamoDb> {
  const engine = endpoint
    ? externalEngine(endpoint, ports.usage)
    : await openEngine(ports, data === undefined ? undefined : join(data, 'dynamodb'));
  const service: AwsService = {
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
    perform: engine.perform,
  };
  return { service, kinds: [table(engine.perform)], ...engine };
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
