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
    ...['CreateTable', 'DescribeTable', 'DeleteTable', 'ListTables'],
    ...['DescribeTimeToLive', 'DescribeContinuousBackups'],
    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchGetItem', 'Query', 'Scan'],
  ],
  DynamoDBStreams_20120810: ['DescribeStream', 'GetRecords', 'GetShardIterator'],
};

/** DynamoDB and DynamoDB Streams, on the wire and in process. */
export interface DynamoDb {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Carries a call out without asking for permission. */
  perform(call: AwsCall): Promise<JsonObject>;
  /**
   * Waits until a `GetRecords` with this iterator would find records; without an iterator, for the next record of the
   * stream. May end early (at shutdown, or with an outside endpoint): read and wait again.
   */
  waitForRecords(streamArn: string, shardIterator?: string): Promise<void>;
  stop(): Promise<void>;
}

/** What DynamoDB works with. */
export interface DynamoDbPorts extends EnginePorts {
  /** Keeps tables in `<data>/tables.db`. */
  readonly data?: string | undefined;
  /** An outside endpoint to use instead of the embedded engine. */
  readonly endpoint?: URL | undefined;
}

/** The embedded DynamoDB, or the outside one. */
export async function createDynamoDb({ data, endpoint, ...ports }: DynamoDbPorts): Promise<DynamoDb> {
  const engine = endpoint
    ? externalEngine(endpoint, ports.usage)
    : await openEngine(ports, data === undefined ? undefined : join(data, 'tables.db'));
  const service: AwsService = {
    name: 'dynamodb',
    contentType: 'application/x-amz-json-1.0',
    read: (request) => {
      const { operation, input } = jsonCall(request, apis);
      // A table may be named by its ARN.
      const { TableName } = input;
      if (typeof TableName !== 'string') return { operation, input };
      return { operation, input: { ...input, TableName: TableName.replace(/^arn:.*:table\//, '') } };
    },
    permissions,
    perform: engine.perform,
  };
  return { service, kinds: [table(engine.declare)], ...engine };
}

function permissions({ operation, input }: AwsCall): { action: string; resource: string }[] {
  const { TableName, IndexName, StreamArn, ShardIterator, RequestItems } = input;
  const on = (resource: string) => ({ action: `dynamodb:${operation}`, resource });
  switch (operation) {
    case 'ListTables':
      return [on('*')];
    case 'DescribeStream':
    case 'GetShardIterator':
      return [on(String(StreamArn))];
    case 'GetRecords':
      return [on(String(ShardIterator).split('|')[0] ?? '')];
    case 'BatchGetItem':
      return Object.keys(RequestItems ?? {}).map((table) => on(tableArn(table)));
    default: {
      const table = tableArn(TableName);
      return [on(IndexName === undefined ? table : `${table}/index/${IndexName}`)];
    }
  }
}

const tableArn = (name: unknown) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
