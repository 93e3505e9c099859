import { Stream } from 'node:stream';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { expiryOf } from './expiry.ts';
import type { Item } from './item.ts';
import type { KeyRange, Store, TableState } from './store.ts';
import type { TableDescription } from './table-description.ts';

/** What a write found and would do. */
export interface Draft {
  before?: Item | undefined;
  after?: Item;
  /** Changes of the item and of the indexes. */
  readonly writes: (() => void)[];
}

/** Dynalite's expressions and actions on a store of ours, without its HTTP server and its LevelDB. */
export interface Dynalite {
  /** Checks an input as DynamoDB does and parses its expressions. @throws AwsError ValidationException and the like. */
  validate(operation: string, input: JsonObject): JsonObject;
  /** Reads with a validated input. @throws AwsError */
  read(operation: string, data: JsonObject): Promise<JsonObject>;
  /** Works out what a validated write would do, and puts it into the draft. @throws AwsError */
  draft(operation: string, data: JsonObject, draft: Draft): JsonObject;
}

type Callback<T = void> = (error?: unknown, result?: T) => void;

/** The part of dynalite's store that its actions use. */
interface View {
  readonly options: { readonly maxItemSize: number };
  getTable(name: string, done: Callback<TableDescription>): void;
  getItemDb(table: string): object;
  getIndexDb(kind: string, table: string, index: string): object;
}

interface Operation {
  readonly action: (view: View, data: JsonObject, done: Callback<JsonObject>) => void;
  readonly rules: { readonly types: object; readonly custom?: unknown };
}

const operations = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchGetItem',
  'Query',
  'Scan',
  'CreateTable',
];
/** Lets BatchGetItem return DynamoDB's 16 MB: dynalite stops at 1 MB and an item. The engine limits items itself. */
const maxItemSize = 15 * 1024 * 1024;

/** @param find Finds a table by its name. @throws AwsError when there is none. */
export async function loadDynalite(store: Store, find: (name: string) => TableState): Promise<Dynalite> {
  const validations = await load('validations/index.js');
  const loaded = new Map<string, Operation>();
  for (const name of operations) {
    const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`;
    loaded.set(name, { action: await load(`actions/${file}`), rules: await load(`validations/${file}`) });
  }
  const operation = (name: string) => loaded.get(name) as Operation;
  const reading = viewOf(store, find);

  return {
    validate(name, input) {
      const { types, custom } = operation(name).rules;
      try {
        const data = validations.checkTypes({ ...input }, types);
        validations.checkValidations(data, types, custom, reading);
        return data;
      } catch (error) {
        throw refusal(error);
      }
    },
    read: (name, data) =>
      new Promise((resolve, reject) => {
        operation(name).action(reading, data, (error, result) =>
          error ? reject(refusal(error)) : resolve(result ?? {}),
        );
      }),
    draft(name, data, draft) {
      let answer: { readonly error?: unknown; readonly result?: JsonObject | undefined } | undefined;
      operation(name).action(viewOf(store, find, draft), data, (error, result) => {
        answer = { error, result };
      });
      if (!answer) throw new Error(`${name} did not end at once`);
      if (answer.error) throw refusal(answer.error);
      return answer.result ?? {};
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: dynalite ships no types
const load = async (file: string): Promise<any> => (await import(`dynalite/${file}`)).default;

/** Dynalite's view of the store. Callbacks are called at once, so that nothing comes between a read and its write. */
function viewOf(store: Store, find: (name: string) => TableState, draft?: Draft): View {
  const entries = (table: string, index: string) => ({
    put(key: string, item: Item, done: Callback) {
      draft?.writes.push(() => store.put(table, index, key, item));
      done();
    },
    del(key: string, done: Callback) {
      draft?.writes.push(() => store.delete(table, index, key));
      done();
    },
    createValueStream: (range: KeyRange) => streamOf(store.items(table, index, range)),
  });
  return {
    options: { maxItemSize },
    getTable(name, done) {
      let state: TableState;
      try {
        state = find(name);
      } catch (error) {
        return done(error);
      }
      done(undefined, state.description);
    },
    getItemDb: (table) => ({
      ...entries(table, ''),
      lock: (_key: string, held: (release: <C>(callback: C) => C) => void) => held((callback) => callback),
      get(key: string, done: Callback<Item>) {
        const item = store.get(table, key);
        if (draft) draft.before = item;
        done(undefined, item);
      },
      put(key: string, item: Item, done: Callback) {
        if (draft) draft.after = item;
        draft?.writes.push(() => store.put(table, '', key, item, expiryOf(item, find(table).ttl)));
        done();
      },
    }),
    getIndexDb: (_kind, table, index) => entries(table, index),
  };
}

/** A stream as dynalite reads it: all values at once, until it has enough. */
function streamOf(values: Iterable<Item>): Stream & { destroy(): void } {
  let isOpen = true;
  const destroy = () => {
    isOpen = false;
  };
  const stream = Object.assign(new Stream(), { destroy });
  queueMicrotask(() => {
    try {
      for (const value of values) {
        if (!isOpen) break;
        stream.emit('data', value);
      }
      stream.emit('end');
    } catch (error) {
      stream.emit('error', error);
    }
  });
  return stream;
}

function refusal(error: unknown): unknown {
  interface DynaliteError {
    readonly statusCode?: number;
    readonly body?: { readonly __type: string; readonly message?: string; readonly Message?: string };
  }
  const { statusCode, body } = error as DynaliteError;
  if (!statusCode || !body) return error;
  const code = body.__type.slice(body.__type.indexOf('#') + 1);
  const message = (body.message ?? body.Message ?? '').replace(
    'were invalid: The Attr',
    'are not valid. The Attr',
  );
  return new AwsError(code, message, statusCode);
}
