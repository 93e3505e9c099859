import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import type { AwsCall, AwsService } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { type Engine, type EnginePorts, openEngine } from './engine.ts';
import { externalEngine } from './external.ts';
import { table } from './table.ts';

const apis: Readonly<Record<string, readonly string[]>> = {
  DynamoDB_20120810: [
    ...['DescribeTable', 'ListTables', 'DescribeTimeToLive', 'DescribeContinuousBackups'],
    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchGetItem', 'Query', 'Scan'],
  ],
  DynamoDBStreams_20120810: ['DescribeStream', 'GetRecords', 'GetShardIterator'],
};

/** DynamoDB and DynamoDB Streams, on the wire and in process. */
export interface DynamoDb extends Omit<Engine, 'declare' | 'drop'> {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
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
      const name = typeof TableName === 'string' && TableName.replace(/^arn:.*:table\//, '');
      return { operation, input: name ? { ...input, TableName: name } : input };
    },
    permissions,
    perform: engine.perform,
  };
  return { service, kinds: [table(engine.declare, engine.drop)], ...engine };
}

function permissions({ operation, input }: AwsCall): { action: string; resource: string }[] {
  const { TableName, IndexName, StreamArn, ShardIterator, RequestItems } = input;
  const index = IndexName === undefined ? '' : `/index/${IndexName}`;
  const tables = Object.keys(RequestItems ?? { [String(TableName)]: {} }).map(
    (table) => `arn:aws:dynamodb:${region}:${account}:table/${table}${index}`,
  );
  const stream = StreamArn ?? (ShardIterator && String(ShardIterator).split('|')[0]);
  const resources = operation === 'ListTables' ? ['*'] : stream ? [String(stream)] : tables;
  return resources.map((resource) => ({ action: `dynamodb:${operation}`, resource }));
}
