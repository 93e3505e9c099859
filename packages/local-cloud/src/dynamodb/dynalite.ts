import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import db from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';

/** A typed attribute: `{ S: 'text' }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;

/** An item, or the key of one. */
export type Item = Readonly<Record<string, AttributeValue>>;

export interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

/** A table as DescribeTable tells it. */
export interface Table {
  readonly TableName: string;
  readonly TableStatus: string;
  readonly KeySchema: readonly KeyElement[];
  readonly AttributeDefinitions: readonly { AttributeName: string; AttributeType: string }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly [member: string]: unknown;
}

export type Callback<T = void> = (error?: unknown, result?: T) => void;

export interface BatchOperation {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: unknown;
  readonly valueEncoding?: string;
}

interface Range {
  readonly gte: string;
  readonly lt: string;
  readonly valueEncoding?: string;
}

/** One of dynalite's key spaces: the items of a table, or of an index. */
export interface SubDb {
  lock(keys: string | string[], held: (release: <C>(callback: C) => C) => void): void;
  get(key: string, done: Callback<Item>): void;
  put(key: string, value: Item, done: Callback): void;
  del(key: string, done: Callback): void;
}

/** Dynalite's store: a LevelDB, and views of it. */
export interface Store {
  readonly db: {
    open(): Promise<void>;
    close(): Promise<void>;
    put(key: string, value: unknown): Promise<void>;
    get(key: string, done: Callback<unknown>): void;
    getSync(key: string, options?: { readonly valueEncoding: 'utf8' }): unknown;
    batch(operations: readonly BatchOperation[]): Promise<void>;
    iterator(range: Range): AsyncIterable<[string, unknown]>;
    values(range: object): AsyncIterable<unknown>;
    createValueStream(range: object): Readable;
  };
  readonly tableDb: { awsAccountId: string; awsRegion: string };
  getTable(name: string, onlyActive: boolean, done: Callback<Table>): void;
  getItemDb(table: string): SubDb;
  getIndexDb(kind: string, table: string, index: string): SubDb;
}

/** How dynalite refuses. */
export interface DynaliteError extends Error {
  readonly statusCode?: number;
  readonly body?: { readonly __type: string; readonly message?: string; readonly Message?: string };
}

type Action = (store: Store, data: JsonObject, done: Callback<JsonObject>) => void;

interface Operation {
  readonly action: Action;
  readonly rules: { readonly types: object; readonly custom?: unknown };
}

const operations = [
  ...['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable'],
  ...['TagResource', 'UntagResource', 'ListTagsOfResource'],
  ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchGetItem', 'BatchWriteItem', 'Query', 'Scan'],
];

/** Dynalite in process, without its HTTP server. */
export interface Dynalite {
  readonly store: Store;
  /** Checks an input as DynamoDB does and parses its expressions. @throws AwsError ValidationException and the like. */
  validate(operation: string, input: JsonObject): JsonObject;
  /** Carries out a validated input, on the store or on a view of it. @throws AwsError */
  run(operation: string, data: JsonObject, store?: Store): Promise<JsonObject>;
  table(name: string): Promise<Table>;
}

/**
 * Opens the tables in a folder.
 * @throws Error when another process uses the folder.
 */
export async function openDynalite(path: string): Promise<Dynalite> {
  await mkdir(path, { recursive: true });
  const store = db.create({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    path,
  });
  // Dynalite's own streams never close their iterators, which leaks some kilobytes (and snapshots) a query.
  store.db.createValueStream = (range) => Readable.from(store.db.values(range));
  // Every operation reads its table and its item: from LevelDB's caches that takes less time than a worker thread does.
  store.db.get = (key, done) => {
    try {
      const value = store.db.getSync(key);
      queueMicrotask(() => done(undefined, value));
    } catch (error) {
      queueMicrotask(() => done(error));
    }
  };
  store.tableDb.awsAccountId = account;
  store.tableDb.awsRegion = region;
  await store.db.open().catch((error: Error) => {
    throw new Error(`cannot open the tables in ${path}: is another local cloud using this folder?`, {
      cause: error,
    });
  });
  const loaded = new Map<string, Operation>();
  for (const name of operations) loaded.set(name, await load(name));
  const operation = (name: string): Operation => {
    const found = loaded.get(name);
    if (!found) throw new AwsError('UnknownOperationException', `unknown operation: ${name}`);
    return found;
  };

  return {
    store,
    validate: (name, input) => {
      const { rules } = operation(name);
      try {
        const data = validations.checkTypes({ ...input }, rules.types);
        validations.checkValidations(data, rules.types, rules.custom, store);
        return data;
      } catch (error) {
        throw refusal(error);
      }
    },
    run: (name, data, view = store) =>
      new Promise((resolve, reject) => {
        operation(name).action(view, data, (error, result) =>
          error ? reject(refusal(error)) : resolve(result ?? {}),
        );
      }),
    table: (name) =>
      new Promise((resolve, reject) => {
        store.getTable(name, true, (error, table) =>
          error ? reject(refusal(error)) : resolve(table as Table),
        );
      }),
  };
}

/** The key dynalite stores an item under. @throws AwsError when the key does not fit the table. */
export function storeKey(table: Table, key: Item): string {
  const invalid = db.validateKey(key, table);
  if (invalid) throw refusal(invalid);
  return db.createKey(key, table);
}

/** Bytes of an item as DynamoDB counts them. */
export const itemSize = (item: Item): number => db.itemSize(item);

/** The attributes named that the item has. */
export function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

/** Names of the key attributes, hash first. */
export const keyNames = (schema: readonly KeyElement[]): string[] => schema.map((key) => key.AttributeName);

/** Whether two items hold the same: the order of attributes and of a set's members does not count. */
export function sameItem(a: Item | undefined, b: Item | undefined): boolean {
  return sameValue(a, b);
}

const sets = ['SS', 'NS', 'BS'];

/** Node.js' own comparison minds prototypes, and dynalite's copies have none. */
function sameValue(a: unknown, b: unknown, name?: string): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  // An attribute may be named like a type, but only a set's own value is a list.
  if (Array.isArray(a) && Array.isArray(b) && sets.includes(name ?? '')) return sameMembers(a, b);
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((key) => sameValue((a as JsonObject)[key], (b as JsonObject)[key], key))
  );
}

const sameMembers = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && isDeepStrictEqual(a.toSorted(), b.toSorted());

async function load(name: string): Promise<Operation> {
  const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`;
  const [action, rules] = await Promise.all([
    import(`dynalite/actions/${file}`),
    import(`dynalite/validations/${file}`),
  ]);
  return { action: action.default, rules: rules.default };
}

function refusal(error: unknown): unknown {
  const { statusCode, body } = error as DynaliteError;
  if (!statusCode || !body) return error;
  const code = body.__type.slice(body.__type.indexOf('#') + 1);
  return new AwsError(code, body.message ?? body.Message ?? '', statusCode);
}
