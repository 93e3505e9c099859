import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import { type Item, keyNames, pick, type Table } from './dynalite.ts';
import type { Engine } from './engine.ts';
import { Turns } from './turns.ts';

/** How long a wait for records lasts when nobody here wrote: another process may have. */
const pollMs = 1000;
/** Longer than any call of a healthy endpoint. */
const timeoutMs = 30_000;
const streamOperations = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
const writeOperations = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];
/** Operations that can tell the units they consumed. */
const measured = [...writeOperations, 'GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems'];

interface Consumed {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
}

/** An outside DynamoDB endpoint with Streams: DynamoDB Local, or another emulator. */
export function externalEngine(endpoint: URL, usage: Pick<Usage, 'units'>): Engine {
  let written = Promise.withResolvers<void>();
  const turns = new Turns();
  const keys = new Map<string, Promise<string[]>>();
  const keysOf = (TableName: string): Promise<string[]> => {
    const known = keys.get(TableName) ?? keyNamesOf(endpoint, TableName);
    keys.set(TableName, known);
    known.catch(() => keys.delete(TableName));
    return known;
  };

  return {
    perform: async ({ operation, input }) => {
      const call = { operation, input: prepared(operation, input) };
      // Some emulators check a condition and write in two steps that others can come between.
      const items = await itemsWritten(call, keysOf);
      const { ConsumedCapacity, ...output } = await turns
        .take(items, () => send(endpoint, call))
        .catch((error) => {
          if (error.name === 'ConditionalCheckFailedException') {
            usage.units(String(input.TableName), { write: 1 });
          }
          throw error;
        });
      const kind = writeOperations.includes(operation) ? 'write' : 'read';
      for (const part of [ConsumedCapacity ?? []].flat() as Consumed[]) {
        usage.units(String(part.TableName), { [kind]: part.CapacityUnits ?? 0 });
      }
      if (kind === 'write') {
        written.resolve();
        written = Promise.withResolvers();
      }
      const asked = input.ReturnConsumedCapacity === 'TOTAL' || input.ReturnConsumedCapacity === 'INDEXES';
      return marked(asked ? { ...output, ConsumedCapacity } : output, input);
    },
    waitForRecords: async () => {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, pollMs);
      await Promise.race([written.promise, late]);
      clearTimeout(timer);
    },
    stop: async () => written.resolve(),
  };
}

/** Names of the items that a call changes, as keys of their turns. */
async function itemsWritten(
  { operation, input }: AwsCall,
  keysOf: (table: string) => Promise<string[]>,
): Promise<string[]> {
  interface Write {
    readonly TableName: string;
    readonly Key?: Item;
    readonly Item?: Item;
  }
  const items = (operation === 'TransactWriteItems' ? [input.TransactItems].flat() : []) as object[];
  const single = ['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation);
  const writes: Write[] = single ? [input as unknown as Write] : items.flatMap((item) => Object.values(item));
  return Promise.all(
    writes.map(async ({ TableName, Key, Item }) => {
      const key = pick(Key ?? Item ?? {}, await keysOf(TableName));
      return `${TableName} ${JSON.stringify(key)}`;
    }),
  );
}

async function keyNamesOf(endpoint: URL, TableName: string): Promise<string[]> {
  const { Table } = await send(endpoint, { operation: 'DescribeTable', input: { TableName } });
  return keyNames((Table as Table).KeySchema);
}

/** Asks for units, and takes our mark off a shard iterator. */
function prepared(operation: string, input: JsonObject): JsonObject {
  if (operation === 'GetRecords') {
    const iterator = String(input.ShardIterator);
    return { ...input, ShardIterator: iterator.slice(iterator.indexOf('|') + 1) };
  }
  if (!measured.includes(operation) || input.ReturnConsumedCapacity === 'INDEXES') return input;
  return { ...input, ReturnConsumedCapacity: 'TOTAL' };
}

/** Puts the stream's ARN before a shard iterator: the permission to read it is on the stream. */
function marked(output: JsonObject, input: JsonObject): JsonObject {
  const arn = input.StreamArn ?? String(input.ShardIterator).split('|')[0];
  const name = output.ShardIterator ? 'ShardIterator' : 'NextShardIterator';
  return output[name] ? { ...output, [name]: `${arn}|${output[name]}` } : output;
}

async function send(endpoint: URL, { operation, input }: AwsCall): Promise<JsonObject> {
  const api = streamOperations.includes(operation) ? 'DynamoDBStreams_20120810' : 'DynamoDB_20120810';
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  // Emulators look at the form of the signature, some at the region in it, none at its value.
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
