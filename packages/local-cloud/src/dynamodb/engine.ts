import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Log } from '../wire/log.ts';
import { consumedCapacity, refusedUnits, total, type WriteUnits, writeUnits } from './capacity.ts';
import { Commits } from './commits.ts';
import { changeOf, type Draft, draftOn } from './draft.ts';
import { type Dynalite, type Item, openDynalite } from './dynalite.ts';
import { Expiry } from './expiry.ts';
import { Streams } from './streams.ts';
import { Tables } from './tables.ts';
import { RequestTokens, type Tried, transactGet, transactWrite } from './transactions.ts';

/** A transaction prepares and commits: each item costs twice. */
const transactionFactor = 2;

/** What the embedded engine works with. */
export interface EnginePorts {
  readonly usage: Pick<Usage, 'units'>;
  /** Factor on the pause between two sweeps for expired items. */
  readonly timeScale: number;
  readonly log: Log;
}

/** DynamoDB and its Streams on this machine. */
export interface Engine {
  perform(call: AwsCall): Promise<JsonObject>;
  waitForRecords(streamArn: string, iterator?: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Opens the embedded tables: those of a folder if one is given, else new ones that end with the engine. These are on
 * disk too, so that memory does not grow with what the tables hold.
 */
export async function openEngine({ usage, timeScale, log }: EnginePorts, path?: string): Promise<Engine> {
  const folder = path ?? (await mkdtemp(join(tmpdir(), 'local-cloud-tables-')));
  const dynalite = await openDynalite(folder);
  const streams = new Streams(dynalite.store, Date.now);
  const expiry = new Expiry(Date.now);
  const commits = new Commits(dynalite.store, streams, (change) => expiry.track(change));
  const tables = new Tables(dynalite, streams, expiry);
  await tables.load();
  const items = new Items(dynalite, commits, usage);
  expiry.start(timeScale, (input) => items.expire(input), log);

  return {
    perform: async (call) =>
      (await tables.perform(call)) ?? (await items.perform(call)) ?? streams.perform(call),
    waitForRecords: (streamArn, iterator) => streams.arrival(streamArn, iterator),
    stop: async () => {
      streams.stop();
      await expiry.stop();
      await dynalite.store.db.close();
      if (path === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The operations on items. */
class Items {
  readonly #dynalite: Dynalite;
  readonly #commits: Commits;
  readonly #usage: EnginePorts['usage'];
  readonly #tokens = new RequestTokens();

  constructor(dynalite: Dynalite, commits: Commits, usage: EnginePorts['usage']) {
    this.#dynalite = dynalite;
    this.#commits = commits;
    this.#usage = usage;
  }

  /** Undefined when the operation is none of them. */
  async perform({ operation, input }: AwsCall): Promise<JsonObject | undefined> {
    switch (operation) {
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#write(operation, input);
      case 'GetItem':
      case 'BatchGetItem':
      case 'Query':
      case 'Scan':
        return this.#read(operation, input);
      case 'BatchWriteItem':
        return this.#batchWrite(input);
      case 'TransactWriteItems':
        return this.#transactWrite(input);
      case 'TransactGetItems':
        return this.#transactGet(input);
      default:
        return undefined;
    }
  }

  /** Deletes an expired item, if it still is; nobody pays for that. */
  async expire(input: JsonObject): Promise<void> {
    const data = this.#dynalite.validate('DeleteItem', input);
    const write = (draft: Draft) =>
      this.#commits.write({
        operations: draft.operations,
        changes: [{ ...changeOf(draft), expired: true }],
      });
    await this.#dynalite
      .run('DeleteItem', data, draftOn(this.#dynalite.store, { write }).view)
      .catch((error) => {
        if (error.name !== 'ConditionalCheckFailedException') throw error;
      });
  }

  async #write(operation: string, input: JsonObject): Promise<JsonObject> {
    const data = this.#dynalite.validate(operation, input);
    const { draft, view } = draftOn(this.#dynalite.store, {
      write: ({ operations }) => this.#commits.write({ operations, changes: [changeOf(draft)] }),
    });
    const result = await this.#dynalite.run(operation, data, view).catch((error) => {
      throw this.#refused(error, draft, input);
    });
    const { table, before, after } = changeOf(draft);
    const units = writeUnits(table, before, after);
    this.#usage.units(table.TableName, { write: total(units) });
    return { ...result, ConsumedCapacity: consumedCapacity(input.ReturnConsumedCapacity, table, units) };
  }

  /** A failed condition costs units and shows the present item if asked to. */
  #refused(error: unknown, { table, before }: Draft, input: JsonObject): unknown {
    if (!(error instanceof AwsError) || error.name !== 'ConditionalCheckFailedException' || !table)
      return error;
    this.#usage.units(table.TableName, { write: refusedUnits(before).table });
    if (input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || !before) return error;
    return new AwsError(error.name, error.message, error.status, { Item: before });
  }

  async #read(operation: string, input: JsonObject): Promise<JsonObject> {
    const asked = input.ReturnConsumedCapacity;
    const wanted = asked === 'TOTAL' || asked === 'INDEXES';
    const data = this.#dynalite.validate(
      operation,
      wanted ? input : { ...input, ReturnConsumedCapacity: 'TOTAL' },
    );
    const { ConsumedCapacity, ...result } = await this.#dynalite.run(operation, data);
    // A read that finds nothing still costs the least.
    const least = input.ConsistentRead ? 1 : 0.5;
    for (const part of [ConsumedCapacity].flat() as { TableName: string; CapacityUnits: number }[]) {
      part.CapacityUnits = Math.max(least, part.CapacityUnits);
      this.#usage.units(part.TableName, { read: part.CapacityUnits });
    }
    return wanted ? { ...result, ConsumedCapacity } : result;
  }

  async #batchWrite(input: JsonObject): Promise<JsonObject> {
    // A trial on a draft first: one bad request refuses them all.
    const data = this.#dynalite.validate('BatchWriteItem', input);
    await this.#dynalite.run('BatchWriteItem', data, draftOn(this.#dynalite.store, { locked: true }).view);
    const requests = Object.entries(input.RequestItems as Record<string, JsonObject[]>);
    const writes = requests.flatMap(([TableName, list]) =>
      list.map(({ PutRequest, DeleteRequest }) => {
        const common = { TableName, ReturnConsumedCapacity: input.ReturnConsumedCapacity };
        if (PutRequest)
          return this.#write('PutItem', { ...common, Item: (PutRequest as { Item: Item }).Item });
        return this.#write('DeleteItem', { ...common, Key: (DeleteRequest as { Key: Item }).Key });
      }),
    );
    const results = await Promise.all(writes);
    const capacity = sumByTable(results.map((result) => result.ConsumedCapacity));
    return { UnprocessedItems: {}, ...(capacity ? { ConsumedCapacity: capacity } : {}) };
  }

  async #transactWrite(input: JsonObject): Promise<JsonObject> {
    let capacity: object[] | undefined;
    const charge = (tried: readonly Tried[], units: (draft: Tried) => WriteUnits) => {
      const consumed = tried.map((part) => {
        const table = changeOf(part.draft).table;
        const { table: own, indexes } = units(part);
        const twice = {
          table: own * transactionFactor,
          indexes: Object.fromEntries(
            Object.entries(indexes).map(([name, n]) => [name, n * transactionFactor]),
          ),
        };
        this.#usage.units(table.TableName, { write: total(twice) });
        return consumedCapacity(input.ReturnConsumedCapacity && 'TOTAL', table, twice);
      });
      capacity = sumByTable(consumed);
    };
    const write = async (tried: readonly Tried[]) => {
      const drafts = tried.filter(({ writes }) => writes).map(({ draft }) => draft);
      await this.#commits.write({
        operations: drafts.flatMap(({ operations }) => operations),
        changes: drafts.map(changeOf),
      });
      charge(tried, ({ draft, writes }) => {
        const { table, before, after } = changeOf(draft);
        return writes ? writeUnits(table, before, after) : refusedUnits(before);
      });
    };
    const cancelled = (tried: readonly Tried[]) => charge(tried, ({ draft }) => refusedUnits(draft.before));
    await this.#tokens.once(input.ClientRequestToken, input.TransactItems, Date.now(), () =>
      transactWrite(this.#dynalite, input, write, cancelled),
    );
    return capacity ? { ConsumedCapacity: capacity } : {};
  }

  async #transactGet(input: JsonObject): Promise<JsonObject> {
    const results = await transactGet(this.#dynalite, input);
    const consumed = results.map((result) => {
      const { TableName, CapacityUnits } = result.ConsumedCapacity as Consumed;
      this.#usage.units(TableName, { read: CapacityUnits * transactionFactor });
      return { TableName, CapacityUnits: CapacityUnits * transactionFactor };
    });
    const wanted = input.ReturnConsumedCapacity === 'TOTAL' || input.ReturnConsumedCapacity === 'INDEXES';
    return {
      Responses: results.map(({ Item }) => (Item ? { Item } : {})),
      ...(wanted ? { ConsumedCapacity: sumByTable(consumed) } : {}),
    };
  }
}

interface Consumed {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/** One entry a table; undefined when the caller did not ask. */
function sumByTable(parts: readonly unknown[]): object[] | undefined {
  const sums = new Map<string, number>();
  for (const part of parts as readonly (Consumed | undefined)[]) {
    if (part) sums.set(part.TableName, (sums.get(part.TableName) ?? 0) + part.CapacityUnits);
  }
  if (sums.size === 0) return undefined;
  return [...sums].map(([TableName, CapacityUnits]) => ({ TableName, CapacityUnits }));
}
