import { Stream } from 'node:stream';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { expiryOf } from './expiry.ts';
import type { Item } from './item.ts';
import type { KeyRange, Store } from './store.ts';
import type { TableDescription, TableState } from './table-description.ts';

/** What a write found and would do. */
export interface Draft {
  before?: Item | undefined;
  after?: Item;
  /** Changes of the item and of the indexes. */
  readonly writes: (() => void)[];
}

export type Dynalite = Awaited<ReturnType<typeof loadDynalite>>;

type Callback<T = void> = (error?: unknown, result?: T) => void;

interface Operation {
  readonly action: (view: object, data: JsonObject, done: Callback<JsonObject>) => void;
  readonly rules: { readonly types: object; readonly custom?: unknown };
}

const operations = [
  ...['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem'],
  ...['CreateTable', 'ListTables'],
];
/** Lets BatchGetItem return DynamoDB's 16 MB: dynalite stops at 1 MB and an item. The engine limits items itself. */
const options = { maxItemSize: 15 * 1024 * 1024 };

/**
 * Dynalite's expressions and actions on a store of ours, without its HTTP server and its LevelDB.
 * @param find Finds a table by its name. @throws AwsError when there is none.
 */
export async function loadDynalite(store: Store, find: (name: string) => TableState) {
  const validations = await load('validations/index.js');
  const loaded = new Map<string, Operation>();
  for (const name of operations) {
    const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`;
    loaded.set(name, { action: await load(`actions/${file}`), rules: await load(`validations/${file}`) });
  }
  const operation = (name: string) => loaded.get(name) as Operation;

  return {
    /** Checks an input as DynamoDB does and parses its expressions. @throws AwsError ValidationException and the like. */
    validate(name: string, input: object): JsonObject {
      const { types, custom } = operation(name).rules;
      try {
        const data = validations.checkTypes({ ...input }, types);
        validations.checkValidations(data, types, custom, { options });
        return data;
      } catch (error) {
        throw refusal(error);
      }
    },

    /** Reads with a validated input. @throws AwsError */
    read: (name: string, data: JsonObject) =>
      new Promise<JsonObject>((resolve, reject) => {
        operation(name).action(viewOf(store, find), data, (error, result = {}) =>
          error ? reject(refusal(error)) : resolve(result),
        );
      }),

    /** Works out what a validated write would do, and puts it into the draft. @throws AwsError */
    draft(name: string, data: JsonObject, draft: Draft): JsonObject {
      let answer: JsonObject | undefined;
      operation(name).action(viewOf(store, find, draft), data, (error, result = {}) => {
        if (error) throw refusal(error);
        answer = result;
      });
      if (!answer) throw new Error(`${name} did not end at once`);
      return answer;
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: dynalite ships no types
const load = async (file: string): Promise<any> => (await import(`dynalite/${file}`)).default;

/** What dynalite's actions use of its store. Callbacks run at once: nothing comes between a read and its write. */
function viewOf(store: Store, find: (name: string) => TableState, draft?: Draft) {
  const entries = (table: string, index: string) => ({
    put(key: string, item: Item, done: Callback) {
      if (draft && index === '') draft.after = item;
      const expires = index === '' ? expiryOf(item, find(table).ttl) : undefined;
      draft?.writes.push(() => store.put(table, index, key, item, expires));
      done();
    },
    del(key: string, done: Callback) {
      draft?.writes.push(() => store.delete(table, index, key));
      done();
    },
    createValueStream: (range: KeyRange) => streamOf(store.items(table, index, range)),
  });
  return {
    options,
    getTable: (name: string, done: Callback<TableDescription>) => done(undefined, find(name).description),
    getItemDb: (table: string) => ({
      ...entries(table, ''),
      lock: (_key: string, held: (release: <C>(callback: C) => C) => void) => held((callback) => callback),
      get(key: string, done: Callback<Item>) {
        const item = store.get(table, key);
        if (draft) draft.before = item;
        done(undefined, item);
      },
    }),
    getIndexDb: (_kind: string, table: string, index: string) => entries(table, index),
  };
}

/** A stream as dynalite reads it: all values at once, until it has enough. */
function streamOf(values: Iterable<Item>): Stream {
  let isOpen = true;
  const stream = Object.assign(new Stream(), { destroy: () => (isOpen = false) });
  const emitAll = async () => {
    await undefined;
    for (const value of values) {
      if (!isOpen) break;
      stream.emit('data', value);
    }
    stream.emit('end');
  };
  emitAll().catch((error) => stream.emit('error', error));
  return stream;
}

function refusal(error: unknown): unknown {
  const { statusCode, body, message } = error as Error & { statusCode?: number; body?: { __type: string } };
  if (!statusCode || !body) return error;
  const text = message.replace('were invalid: The Attr', 'are not valid. The Attr');
  return new AwsError(body.__type.replace(/^.*#/, ''), text, statusCode);
}
