import type { BatchOperation, Callback, Item, Store, Table } from './dynalite.ts';
import type { Change } from './stream-log.ts';

/** What one write action is about to do: collected, so that item, indexes and stream record become one batch. */
export interface Draft {
  table?: Table;
  before?: Item;
  after?: Item;
  readonly operations: BatchOperation[];
}

/**
 * A view of dynalite's store for one write action. Reads go through and are remembered; writes are collected, and
 * handed to `write` under dynalite's own lock on the item (unless the caller holds it already).
 */
export function draftOn(
  real: Store,
  { write, locked }: { write?: (draft: Draft) => Promise<void>; locked?: boolean } = {},
): { readonly draft: Draft; readonly view: Store } {
  const draft: Draft = { operations: [] };
  const finish = (done: Callback) => {
    if (write) write(draft).then(() => done(), done);
    else done();
  };
  const view: Store = Object.assign(Object.create(real), {
    getTable: (name: string, done: Callback<Table>) =>
      real.getTable(name, true, (error, table) => {
        if (table) draft.table = table;
        done(error, table);
      }),
    getItemDb: (name: string) => {
      const items = real.getItemDb(name);
      const key = (itemKey: string) => `item-${name}~${itemKey}`;
      return {
        lock: locked ? (_: string, held: (release: <C>(c: C) => C) => void) => held((c) => c) : items.lock,
        get: (itemKey: string, done: Callback<Item>) =>
          items.get(itemKey, (error, item) => {
            if (item) draft.before = item;
            done(error, item);
          }),
        put: (itemKey: string, value: Item, done: Callback) => {
          draft.after = value;
          draft.operations.push({ type: 'put', key: key(itemKey), value });
          finish(done);
        },
        del: (itemKey: string, done: Callback) => {
          draft.operations.push({ type: 'del', key: key(itemKey) });
          finish(done);
        },
      };
    },
    // Dynalite writes the indexes first, so they are in the draft when the item's own write ends it.
    getIndexDb: (kind: string, table: string, index: string) => {
      const key = (indexKey: string) => `index-${kind.toLowerCase()}~${table}~${index}~${indexKey}`;
      return {
        put: (indexKey: string, value: Item, done: Callback) => {
          draft.operations.push({ type: 'put', key: key(indexKey), value });
          done();
        },
        del: (indexKey: string, done: Callback) => {
          draft.operations.push({ type: 'del', key: key(indexKey) });
          done();
        },
      };
    },
  });
  return { draft, view };
}

export function changeOf({ table, before, after }: Draft): Change {
  if (!table) throw new Error('a draft without a table: no action ran on it');
  return { table, before, after };
}
