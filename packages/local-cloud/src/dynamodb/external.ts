import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Engine } from './engine.ts';
import { declareOutside } from './external-table.ts';

/** How long to wait for records that another process may have written. */
const pollMs = 1000;
/** Longer than any call of a healthy endpoint. */
const timeoutMs = 30_000;
const streamOperations = ['DescribeStream', 'GetRecords', 'GetShardIterator'];
const writeOperations = ['PutItem', 'UpdateItem', 'DeleteItem'];
/** Operations that report the units they consumed. */
const measured = [...writeOperations, 'GetItem', 'BatchGetItem', 'Query', 'Scan'];

interface Consumed {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
}

/** An outside DynamoDB endpoint with Streams: DynamoDB Local, or another emulator. */
export function externalEngine(endpoint: URL, usage: Pick<Usage, 'units'>): Engine {
  let written = Promise.withResolvers<void>();
  /** The latest write of each table. */
  const writes = new Map<unknown, Promise<unknown>>();
  /** Some emulators check a condition and write in two steps, so a table's writes happen one after the other. */
  const write = (call: AwsCall): Promise<JsonObject> => {
    const { TableName } = call.input;
    const result = (writes.get(TableName) ?? Promise.resolve()).then(() => send(endpoint, call));
    writes.set(
      TableName,
      result.catch(() => undefined),
    );
    return result;
  };

  return {
    perform: async ({ operation, input }) => {
      const { TableName, ReturnConsumedCapacity: asked } = input;
      const call = { operation, input: prepared(operation, input) };
      const kind = writeOperations.includes(operation) ? 'write' : 'read';
      const answer = kind === 'write' ? write(call) : send(endpoint, call);
      const { ConsumedCapacity, ...output } = await answer.catch((error) => {
        if (error.name === 'ConditionalCheckFailedException') {
          usage.units(String(TableName), { write: 1 });
        }
        throw error;
      });
      for (const part of [ConsumedCapacity ?? []].flat() as Consumed[]) {
        usage.units(String(part.TableName), { [kind]: part.CapacityUnits ?? 0 });
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
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, pollMs);
      await Promise.race([written.promise, late]);
      clearTimeout(timer);
    },
    stop: async () => written.resolve(),
  };
}

/** Asks for units, and removes the stream's ARN from a shard iterator. */
function prepared(operation: string, input: JsonObject): JsonObject {
  const { ShardIterator, ReturnConsumedCapacity } = input;
  if (operation === 'GetRecords') {
    const iterator = String(ShardIterator);
    return { ...input, ShardIterator: iterator.slice(iterator.indexOf('|') + 1) };
  }
  if (!measured.includes(operation) || ReturnConsumedCapacity === 'INDEXES') return input;
  return { ...input, ReturnConsumedCapacity: 'TOTAL' };
}

/** Puts the stream's ARN before a shard iterator, because permissions to read it are on the stream. */
function marked(output: JsonObject, { StreamArn, ShardIterator }: JsonObject): JsonObject {
  const arn = StreamArn ?? String(ShardIterator).split('|')[0];
  const name = 'ShardIterator' in output ? 'ShardIterator' : 'NextShardIterator';
  return output[name] ? { ...output, [name]: `${arn}|${output[name]}` } : output;
}

async function send(endpoint: URL, { operation, input }: AwsCall): Promise<JsonObject> {
  const api = streamOperations.includes(operation) ? 'DynamoDBStreams_20120810' : 'DynamoDB_20120810';
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  // Emulators check the form of the signature and some its region, but none its value.
  const credential = `local/${date.slice(0, 8)}/us-east-1/dynamodb/aws4_request`;
  const signature = `SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${api}.${operation}`,
      'x-amz-date': date,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, ${signature}`,
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => {
    const reason = error.cause?.message ?? error.message;
    throw new AwsError(
      'InternalServerError',
      `the DynamoDB endpoint ${endpoint} did not answer: ${reason}`,
      500,
    );
  });
  const text = await response.text();
  const body = parse(text);
  if (response.ok && body) return body;
  const { __type, message, Message, ...members } = body ?? {};
  const code = String(__type ?? 'InternalServerError').replace(/^.*#/, '');
  const said = String(
    message ?? Message ?? `the DynamoDB endpoint ${endpoint} answered ${text.slice(0, 200)}`,
  );
  throw new AwsError(code, said, response.ok ? 500 : response.status, members);
}

function parse(text: string): JsonObject | undefined {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
