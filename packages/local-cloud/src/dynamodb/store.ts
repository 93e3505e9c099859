import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';
import type { Item } from './item.ts';
import type { DeclaredTable, TableDescription } from './table-description.ts';

/** A table and what DescribeTable does not show of it. */
export interface TableState extends Omit<DeclaredTable, 'input'> {
  readonly description: TableDescription;
}

/** A range of keys in the order of their bytes, as LevelDB's iterators take it. */
export interface KeyRange {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  /** At most so many; -1 for all. */
  readonly limit?: number;
}

/** `idx` is empty for the table itself. `expires` is a time in seconds since the epoch. */
const schema = `
  CREATE TABLE tables (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE entry (
    tbl TEXT NOT NULL, idx TEXT NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, expires INTEGER,
    PRIMARY KEY (tbl, idx, key)
  ) STRICT;
  CREATE INDEX expiring ON entry (expires) WHERE expires IS NOT NULL;
  CREATE TABLE record (
    stream TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (stream, number)
  ) STRICT;`;

/** Tables, items, index entries and stream records in SQLite. Every write is done when its method returns. */
export class Store {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #commit: Promise<void> | undefined;
  /** Why the transaction cannot be committed. */
  #failure: unknown;

  /** @param file Without it, a database of its own that ends with the process. */
  constructor(file = '') {
    this.#db = openDatabase(file, schema);
  }

  async close(): Promise<void> {
    await this.#commit?.catch(() => undefined);
    this.#db.close();
  }

  /**
   * Writes of one turn of the event loop share a transaction: after a crash all of them are there, or none.
   * @returns when they are committed.
   */
  write(work: () => void): Promise<void> {
    if (!this.#commit) {
      this.prepared('BEGIN IMMEDIATE').run();
      this.#commit = this.#endOfTurn();
    }
    try {
      work();
    } catch (error) {
      this.#failure = error;
    }
    return this.#commit;
  }

  /** Settles when what can be read now is committed. */
  async committed(): Promise<void> {
    await this.#commit;
  }

  async #endOfTurn(): Promise<void> {
    await new Promise(setImmediate);
    this.#commit = undefined;
    const failure = this.#failure;
    this.#failure = undefined;
    try {
      if (failure !== undefined) throw failure;
      this.prepared('COMMIT').run();
    } catch (error) {
      this.prepared('ROLLBACK').run();
      throw error;
    }
  }

  tables(): TableState[] {
    return this.prepared('SELECT state FROM tables')
      .all()
      .map(({ state }) => JSON.parse(String(state)));
  }

  putTable(state: TableState): void {
    const { TableName } = state.description;
    this.prepared('INSERT OR REPLACE INTO tables VALUES (?, ?)').run(TableName, JSON.stringify(state));
  }

  /** Removes a table and all it has. */
  deleteTable(name: string): void {
    this.prepared('DELETE FROM tables WHERE name = ?').run(name);
    this.prepared('DELETE FROM entry WHERE tbl = ?').run(name);
  }

  /** Number of items, and about how many bytes they take. */
  measure(table: string, index: string): { readonly count: number; readonly bytes: number } {
    const query =
      'SELECT count(*) AS count, coalesce(sum(length(item)), 0) AS bytes FROM entry WHERE tbl = ? AND idx = ?';
    return this.prepared(query).get(table, index) as { count: number; bytes: number };
  }

  get(table: string, key: string): Item | undefined {
    const query = "SELECT item FROM entry WHERE tbl = ? AND idx = '' AND key = ?";
    const { item } = this.prepared(query).get(table, key) ?? {};
    return item === undefined ? undefined : JSON.parse(String(item));
  }

  put(table: string, index: string, key: string, item: Item, expires?: number): void {
    const statement = `INSERT INTO entry VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
      SET item = excluded.item, expires = excluded.expires WHERE item <> excluded.item`;
    this.prepared(statement).run(table, index, key, JSON.stringify(item), expires ?? null);
  }

  delete(table: string, index: string, key: string): void {
    this.prepared('DELETE FROM entry WHERE tbl = ? AND idx = ? AND key = ?').run(table, index, key);
  }

  *items(table: string, index: string, range: KeyRange = {}): Generator<Item> {
    const { gt, gte, lt, lte, reverse, limit = -1 } = range;
    const [from, to] = [gt ?? gte ?? '', lt ?? lte ?? '~'];
    const query = `SELECT item FROM entry WHERE tbl = ? AND idx = ?
      AND key ${gt === undefined ? '>=' : '>'} ? AND key ${lt === undefined ? '<=' : '<'} ?
      ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT ?`;
    for (const { item } of this.prepared(query).iterate(table, index, from, to, limit)) {
      yield JSON.parse(String(item));
    }
  }

  /** Makes the items of a table expire by a number attribute, or no longer. */
  expireBy(table: string, attribute: string | undefined): void {
    const statement = `UPDATE entry SET expires = (
      SELECT CAST(json_extract(value, '$.N') AS INTEGER) FROM json_each(item) WHERE key = ?
    ) WHERE tbl = ? AND idx = ''`;
    this.prepared(statement).run(attribute ?? '', table);
  }

  /** Items whose time to live ended within a span of seconds. */
  expired(from: number, to: number, limit: number): { readonly table: string; readonly item: Item }[] {
    const query = 'SELECT tbl, item FROM entry WHERE expires BETWEEN ? AND ? LIMIT ?';
    return this.prepared(query)
      .all(from, to, limit)
      .map(({ tbl, item }) => ({ table: String(tbl), item: JSON.parse(String(item)) }));
  }

  prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
