import type { StatementSync } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';
import type { Item } from './item.ts';

/** A range of keys in the order of their bytes, as LevelDB's iterators take it. */
export type KeyRange = { readonly [bound in 'gt' | 'gte' | 'lt' | 'lte']?: string } & {
  readonly reverse?: boolean;
  readonly limit?: number;
};

/** `idx` is empty for the table itself. `expires` is a time in seconds since the epoch. */
const schema = `
  CREATE TABLE tables (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE entry (
    tbl TEXT NOT NULL, idx TEXT NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, expires INTEGER,
    PRIMARY KEY (tbl, idx, key)
  ) STRICT;
  CREATE INDEX expiring ON entry (expires) WHERE expires IS NOT NULL;
  CREATE TABLE record (
    stream TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (stream, number)
  ) STRICT;`;

export type Store = ReturnType<typeof openStore>;

/**
 * Tables, items, index entries and stream records in SQLite.
 * @param file Without it, a database of its own that ends with the process.
 */
export function openStore(file = '') {
  const database = openDatabase(file, schema);
  const statements = new Map<string, StatementSync>();
  let commit: Promise<void> | undefined;
  /** Why the transaction cannot be committed. */
  let failure: unknown;

  function prepared(sql: string): StatementSync {
    const known = statements.get(sql);
    if (!known) statements.set(sql, database.prepare(sql));
    return known ?? prepared(sql);
  }

  async function endOfTurn(): Promise<void> {
    await new Promise(setImmediate);
    const reason = failure;
    [commit, failure] = [undefined, undefined];
    prepared(reason === undefined ? 'COMMIT' : 'ROLLBACK').run();
    if (reason !== undefined) throw reason;
  }

  return {
    prepared,

    /**
     * Writes of one turn of the event loop share a transaction: after a crash all of them are there, or none.
     * @returns when they are committed.
     */
    write(work: () => void): Promise<void> {
      if (!commit) {
        prepared('BEGIN IMMEDIATE').run();
        commit = endOfTurn();
      }
      try {
        work();
      } catch (error) {
        failure = error;
      }
      return commit;
    },

    /** Gives an answer once all that it tells is committed: nobody sees what a crash could undo. */
    async committed<T>(answer: T): Promise<T> {
      await commit;
      return answer;
    },

    async close(): Promise<void> {
      await commit?.catch(() => undefined);
      database.close();
    },

    get(table: string, key: string): Item | undefined {
      const query = "SELECT item FROM entry WHERE tbl = ? AND idx = '' AND key = ?";
      const { item } = prepared(query).get(table, key) ?? {};
      return item === undefined ? undefined : JSON.parse(String(item));
    },

    put(table: string, index: string, key: string, item: Item, expires?: number): void {
      const statement = `INSERT INTO entry VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
        SET item = excluded.item, expires = excluded.expires WHERE item <> excluded.item`;
      prepared(statement).run(table, index, key, JSON.stringify(item), expires ?? null);
    },

    delete(table: string, index: string, key: string): void {
      prepared('DELETE FROM entry WHERE tbl = ? AND idx = ? AND key = ?').run(table, index, key);
    },

    *items(table: string, index: string, range: KeyRange): Generator<Item> {
      const { gt, gte, lt, lte, reverse, limit = -1 } = range;
      const query = `SELECT item FROM entry WHERE tbl = ? AND idx = ?
        AND key ${gt === undefined ? '>=' : '>'} ? AND key ${lt === undefined ? '<=' : '<'} ?
        ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT ?`;
      const [from, to] = [gt ?? gte ?? '', lt ?? lte ?? '~'];
      for (const { item } of prepared(query).iterate(table, index, from, to, limit)) {
        yield JSON.parse(String(item));
      }
    },
  };
}
