import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';
import type { Ending, RecordedEvent } from './execution-history.ts';

/** One execution as stored. Times are epoch milliseconds; inputs and outputs are JSON texts. */
export interface ExecutionRecord {
  /** Order of starting. */
  readonly seq: number;
  readonly arn: string;
  readonly machine: string;
  readonly name: string;
  readonly status: 'RUNNING' | Ending['status'];
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly started: number;
  readonly stopped: number | null;
  readonly redrives: number;
  readonly redriven: number | null;
  readonly redriveToken: string | null;
  /** The state it is in, or ended in; null before the first. */
  readonly state: string | null;
  readonly stateInput: string | null;
  readonly entered: number | null;
}

/** Closed executions that are kept; older ones go, successful ones first, so that a long-running cloud stays small. */
const closedExecutionsKept = 20_000;
/** How many of them may be too many before they are swept, in one go. */
const sweepShare = 1 / 40;

const schema = `
  CREATE TABLE IF NOT EXISTS execution (
    seq INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, name TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
    started INTEGER NOT NULL, stopped INTEGER, redrives INTEGER NOT NULL DEFAULT 0, redriven INTEGER,
    redriveToken TEXT, state TEXT, stateInput TEXT, entered INTEGER
  );
  CREATE INDEX IF NOT EXISTS by_machine ON execution (machine, seq);
  CREATE INDEX IF NOT EXISTS by_status ON execution (machine, status, seq);
  CREATE INDEX IF NOT EXISTS closed ON execution (stopped) WHERE stopped IS NOT NULL;
  CREATE TABLE IF NOT EXISTS event (
    execution INTEGER NOT NULL, id INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (execution, id)
  ) WITHOUT ROWID;`;

/**
 * Executions and their histories in SQLite. Writes of one turn of the event loop share a transaction; await
 * {@link ExecutionStore.committed} before telling anybody. Committed writes outlive SIGKILL, not a power cut.
 */
export class ExecutionStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #commit: Promise<void> | undefined;
  readonly #closedKept: number;
  #closed: number;

  /** @param file Without it, a database of its own that ends with the process. */
  constructor(file = '', closedKept = closedExecutionsKept) {
    this.#closedKept = closedKept;
    this.#db = openDatabase(file, schema);
    this.#closed = this.#count();
  }

  find(arn: string): ExecutionRecord | undefined {
    return this.#prepared('SELECT * FROM execution WHERE arn = ?').get(arn) as ExecutionRecord | undefined;
  }

  running(machine: string): ExecutionRecord[] {
    const query = "SELECT * FROM execution WHERE machine = ? AND status = 'RUNNING' ORDER BY seq";
    return this.#prepared(query).all(machine) as unknown as ExecutionRecord[];
  }

  /** Newest first, below `before`. */
  list(
    machine: string,
    filter: {
      readonly status?: string | undefined;
      readonly redriven?: boolean | undefined;
      readonly before: number;
      readonly limit: number;
    },
  ): ExecutionRecord[] {
    const conditions = ['machine = ?', 'seq < ?'];
    const values: (string | number)[] = [machine, filter.before];
    if (filter.status) {
      conditions.push('status = ?');
      values.push(filter.status);
    }
    if (filter.redriven !== undefined) conditions.push(filter.redriven ? 'redrives > 0' : 'redrives = 0');
    const query = `SELECT * FROM execution WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`;
    return this.#prepared(query).all(...values, filter.limit) as unknown as ExecutionRecord[];
  }

  start(execution: Pick<ExecutionRecord, 'arn' | 'machine' | 'name' | 'input' | 'started'>): ExecutionRecord {
    const { arn, machine, name, input, started } = execution;
    const columns = 'arn, machine, name, status, input, started';
    const insert = `INSERT INTO execution (${columns}) VALUES (?, ?, ?, 'RUNNING', ?, ?)`;
    this.#write(insert, arn, machine, name, input, started);
    return this.find(arn) as ExecutionRecord;
  }

  enter(seq: number, state: string, input: string, at: number): void {
    const update = 'UPDATE execution SET state = ?, stateInput = ?, entered = ? WHERE seq = ?';
    this.#write(update, state, input, at, seq);
  }

  end(seq: number, { status, output, error, cause }: Ending, at: number): void {
    const update =
      'UPDATE execution SET status = ?, output = ?, error = ?, cause = ?, stopped = ? WHERE seq = ?';
    this.#write(update, status, output ?? null, error ?? null, cause ?? null, at, seq);
    this.#closed += 1;
    if (this.#closed >= this.#closedKept * (1 + sweepShare)) this.#prune();
  }

  redrive(seq: number, token: string | null, at: number): void {
    this.#write(
      `UPDATE execution SET status = 'RUNNING', redrives = redrives + 1, redriven = ?, redriveToken = ?, entered = NULL,
         stopped = NULL, output = NULL, error = NULL, cause = NULL WHERE seq = ?`,
      at,
      token,
      seq,
    );
    this.#closed -= 1;
  }

  append(seq: number, event: RecordedEvent): void {
    const insert = 'INSERT INTO event (execution, id, event) VALUES (?, ?, ?)';
    this.#write(insert, seq, event.id, JSON.stringify(event));
  }

  lastEventId(seq: number): number {
    const row = this.#prepared('SELECT max(id) AS id FROM event WHERE execution = ?').get(seq);
    return Number(row?.id ?? 0);
  }

  /** Events beyond `after`, in the order asked for. */
  events(seq: number, after: number, limit: number, newestFirst: boolean): RecordedEvent[] {
    const query = newestFirst
      ? 'SELECT event FROM event WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?'
      : 'SELECT event FROM event WHERE execution = ? AND id > ? ORDER BY id LIMIT ?';
    const rows = this.#prepared(query).all(seq, after, limit);
    return rows.map((row) => JSON.parse(String(row.event)) as RecordedEvent);
  }

  /** Resolves when everything written so far would survive the process. */
  async committed(): Promise<void> {
    await this.#commit;
  }

  async close(): Promise<void> {
    await this.#commit;
    this.#statements.clear();
    this.#db.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #write(sql: string, ...values: (string | number | null)[]): void {
    if (!this.#commit) {
      this.#db.exec('BEGIN');
      this.#commit = new Promise((resolve) => {
        setImmediate(() => {
          this.#db.exec('COMMIT');
          this.#commit = undefined;
          resolve();
        });
      });
    }
    this.#prepared(sql).run(...values);
  }

  #prune(): void {
    const excess = this.#closed - this.#closedKept;
    // What failed may yet be redriven.
    const oldest = `(SELECT seq FROM execution WHERE stopped IS NOT NULL
      ORDER BY status != 'SUCCEEDED', stopped LIMIT ?)`;
    this.#write(`DELETE FROM event WHERE execution IN ${oldest}`, excess);
    this.#write(`DELETE FROM execution WHERE seq IN ${oldest}`, excess);
    this.#closed = this.#count();
  }

  #count(): number {
    return Number(this.#prepared('SELECT count(*) AS n FROM execution WHERE stopped IS NOT NULL').get()?.n);
  }
}
