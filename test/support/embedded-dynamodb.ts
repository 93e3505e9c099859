import { randomUUID } from 'node:crypto';
import { createDynamoDb, type DynamoDb } from '../../packages/local-cloud/src/dynamodb/dynamodb.ts';
import { startAwsEndpoint } from '../../packages/local-cloud/src/wire/aws-endpoint.ts';
import type { AwsCall } from '../../packages/local-cloud/src/wire/aws-service.ts';
import { type StackTable, tableDefinitions } from './table-definitions.ts';

/** The embedded DynamoDB, behind its wire protocol. */
export interface EmbeddedDynamoDb {
  /**
   * Creates an empty table with the keys and indexes of one of the stack.
   *
   * @param name - a new one unless given
   * @returns the name
   */
  createTable(like: StackTable, name?: string): Promise<string>;
  /** @returns the calls that arrive until `work` settles */
  callsOf(work: () => Promise<unknown>): Promise<readonly AwsCall[]>;
  /** Ends each page of a query after this many items, as DynamoDB may do anywhere. `undefined` removes the limit. */
  limitPages(items: number | undefined): void;
  /** Reads at most this many items of a batch, as DynamoDB does when it lacks capacity. `undefined` removes the limit. */
  limitBatches(items: number | undefined): void;
  /** Performs the next call of an operation, but drops the connection instead of responding. */
  loseNextResponse(operation: string): void;
  stop(): Promise<void>;
}

/** Starts the embedded DynamoDB without tables, and points new clients of the SDK at it. */
export async function startDynamoDb(): Promise<EmbeddedDynamoDb> {
  const log = (entry: object) => {
    throw new Error(JSON.stringify(entry));
  };
  const dynamodb = await createDynamoDb({ timeScale: 1, usage: { units: () => {} }, log });
  const definitions = tableDefinitions();
  const calls: AwsCall[] = [];
  const lost = new Set<string>();
  let pageSize: number | undefined;
  let batchSize: number | undefined;

  function perform({ operation, input }: AwsCall) {
    calls.push({ operation, input });
    const { RequestItems } = input;
    if (operation === 'BatchGetItem' && batchSize !== undefined)
      return readPartly(dynamodb, RequestItems as RequestItems, batchSize);
    if (operation !== 'Query' || pageSize === undefined) return dynamodb.perform({ operation, input });
    const { Limit = pageSize } = input;
    return dynamodb.perform({ operation, input: { ...input, Limit: Math.min(Number(Limit), pageSize) } });
  }

  const endpoint = await startAwsEndpoint(0, {
    services: new Map([['dynamodb', { ...dynamodb.service, perform }]]),
    log,
    authorize: () => {},
    strike: (operation) => (lost.delete(operation) ? { effect: 'lost-answer', ms: 0 } : undefined),
    count: () => {},
  });
  Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint.url });

  return {
    async callsOf(work) {
      const before = calls.length;
      await work();
      return calls.slice(before);
    },
    async createTable(like, TableName = randomUUID()) {
      await dynamodb.perform({
        operation: 'CreateTable',
        input: { ...definitions.get(like), TableName },
      });
      await untilActive(dynamodb, TableName);
      return TableName;
    },
    limitBatches(items) {
      batchSize = items;
    },
    limitPages(items) {
      pageSize = items;
    },
    loseNextResponse(operation) {
      lost.add(`dynamodb:${operation}`);
    },
    async stop() {
      await endpoint.stop();
      await dynamodb.stop();
    },
  };
}

type RequestItems = Readonly<Record<string, { readonly Keys: readonly object[] }>>;

/** Reads the first keys of one table, and leaves the others to the caller. */
async function readPartly(dynamodb: DynamoDb, requested: RequestItems, count: number) {
  const [[table, { Keys, ...options }]] = Object.entries(requested) as [[string, RequestItems[string]]];
  const batchOf = (keys: readonly object[]) => ({ [table]: { ...options, Keys: keys } });
  const input = { RequestItems: batchOf(Keys.slice(0, count)) };
  const answer = await dynamodb.perform({ operation: 'BatchGetItem', input });
  const left = Keys.slice(count);
  return { ...answer, UnprocessedKeys: left.length > 0 ? batchOf(left) : {} };
}

async function untilActive(dynamodb: DynamoDb, TableName: string): Promise<void> {
  for (;;) {
    const answer = await dynamodb.perform({ operation: 'DescribeTable', input: { TableName } });
    if ((answer as { readonly Table: { readonly TableStatus: string } }).Table.TableStatus === 'ACTIVE')
      return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
