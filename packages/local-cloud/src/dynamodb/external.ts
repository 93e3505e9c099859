import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Engine } from './engine.ts';
import { declareOutside } from './external-table.ts';

/** How long to wait for records that another process may have written. */
const pollMs = 1000;
/** Longer than any call of a healthy endpoint. */
const timeoutMs = 30_000;
const writes = ['PutItem', 'UpdateItem', 'DeleteItem'];
const reads = ['GetItem', 'BatchGetItem', 'Query', 'Scan'];

/** An outside DynamoDB endpoint with Streams: DynamoDB Local, or another emulator. */
export function externalEngine(endpoint: URL, usage: Pick<Usage, 'units'>): Engine {
  let written = Promise.withResolvers<void>();

  return {
    perform: async ({ operation, input }) => {
      const { TableName, ReturnConsumedCapacity: asked } = input;
      const kind = writes.includes(operation) ? 'write' : 'read';
      const sent = { operation, input: prepared(operation, input) };
      const { ConsumedCapacity, ...output } = await send(endpoint, sent).catch((error) => {
        if (error.name === 'ConditionalCheckFailedException') usage.units(String(TableName), { write: 1 });
        throw error;
      });
      for (const { TableName, CapacityUnits = 0 } of [ConsumedCapacity ?? []].flat() as JsonObject[]) {
        usage.units(String(TableName), { [kind]: Number(CapacityUnits) });
      }
      if (kind === 'write') {
        written.resolve();
        written = Promise.withResolvers();
      }
      const isAsked = asked === 'TOTAL' || asked === 'INDEXES';
      return marked(isAsked ? { ...output, ConsumedCapacity } : output, input);
    },
    declare: (table) => declareOutside(table, (operation, input) => send(endpoint, { operation, input })),
    waitForRecords: async () => {
      const timer = setTimeout(written.resolve, pollMs);
      await written.promise;
      clearTimeout(timer);
    },
    stop: async () => written.resolve(),
  };
}

/** Asks for units, and removes the stream's ARN from a shard iterator. */
function prepared(operation: string, input: JsonObject): JsonObject {
  const { ShardIterator, ReturnConsumedCapacity } = input;
  if (operation === 'GetRecords')
    return { ...input, ShardIterator: String(ShardIterator).replace(/^.*?\|/, '') };
  if (![...writes, ...reads].includes(operation) || ReturnConsumedCapacity === 'INDEXES') return input;
  return { ...input, ReturnConsumedCapacity: 'TOTAL' };
}

/** Puts the stream's ARN before a shard iterator, because permissions to read it are on the stream. */
function marked(output: JsonObject, { StreamArn, ShardIterator }: JsonObject): JsonObject {
  const arn = StreamArn ?? String(ShardIterator).split('|')[0];
  const mark = ([name, value]: [string, unknown]) =>
    value && name.endsWith('ShardIterator') ? [name, `${arn}|${value}`] : [name, value];
  return Object.fromEntries(Object.entries(output).map(mark));
}

async function send(endpoint: URL, { operation, input }: AwsCall): Promise<JsonObject> {
  const isOfStreams = ['DescribeStream', 'GetRecords', 'GetShardIterator'].includes(operation);
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  // Emulators check the form of the signature and some its region, but none its value.
  const credential = `local/${date.slice(0, 8)}/us-east-1/dynamodb/aws4_request`;
  const signature = `SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${isOfStreams ? 'DynamoDBStreams' : 'DynamoDB'}_20120810.${operation}`,
      'x-amz-date': date,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, ${signature}`,
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => {
    throw failed(endpoint, `did not answer: ${error.cause?.message ?? error.message}`);
  });
  const body = (await response.json().catch(() => {
    throw failed(endpoint, `answered ${response.status} without JSON`);
  })) as JsonObject;
  if (response.ok) return body;
  const { __type, message, Message, ...members } = body;
  const code = String(__type ?? 'InternalServerError').replace(/^.*#/, '');
  throw new AwsError(code, String(message ?? Message ?? ''), response.status, members);
}

const failed = (endpoint: URL, how: string) =>
  new AwsError('InternalServerError', `the DynamoDB endpoint ${endpoint} ${how}`, 500);
