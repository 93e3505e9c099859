import type { SQLInputValue } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';
import type { HistoryEvent } from './execution-history.ts';

/** How an execution ended; `output` is JSON text. */
export interface Ending {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** One execution as stored. Times are epoch milliseconds; inputs and outputs are JSON text. */
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

const schema = `
  CREATE TABLE IF NOT EXISTS execution (
    seq INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, name TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
    started INTEGER NOT NULL, stopped INTEGER, redrives INTEGER NOT NULL DEFAULT 0, redriven INTEGER,
    redriveToken TEXT, state TEXT, stateInput TEXT, entered INTEGER
  );
  CREATE INDEX IF NOT EXISTS by_machine ON execution (machine, seq);
  CREATE INDEX IF NOT EXISTS closed ON execution (stopped) WHERE stopped IS NOT NULL;
  CREATE TABLE IF NOT EXISTS event (
    execution INTEGER NOT NULL, id INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (execution, id)
  ) WITHOUT ROWID;`;

export type ExecutionStore = ReturnType<typeof createExecutionStore>;

/**
 * Executions and their histories in SQLite. Writes of one turn of the event loop share a transaction; await
 * `committed` before telling anybody. Committed writes survive SIGKILL, not a power cut.
 *
 * @param file Empty for a database that ends with the process.
 * @param closedKept The oldest closed executions beyond these go, successful ones before those that can be redriven.
 */
export function createExecutionStore(file = '', closedKept = 20_000) {
  const sweepInterval = Math.ceil(closedKept / 40);
  const db = openDatabase(file, schema);
  let commit: Promise<void> | undefined;

  const query = <Row>(sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]) => statement.all(...values) as Row[];
  };
  const write = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]): void => {
      if (!commit) db.exec('BEGIN');
      commit ??= new Promise((resolve) => {
        setImmediate(() => {
          db.exec('COMMIT');
          commit = undefined;
          resolve();
        });
      });
      statement.run(...values);
    };
  };

  const byArn = query<ExecutionRecord>('SELECT * FROM execution WHERE arn = ?');
  const byMachine = query<ExecutionRecord>(
    `SELECT * FROM execution WHERE machine = ?1 AND seq < ?2 AND (?3 IS NULL OR status = ?3)
     ORDER BY seq DESC LIMIT ?4`,
  );
  const insert = write(
    "INSERT INTO execution (arn, machine, name, status, input, started) VALUES (?, ?, ?, 'RUNNING', ?, ?)",
  );
  const enter = write('UPDATE execution SET state = ?, stateInput = ?, entered = ? WHERE seq = ?');
  const end = write(
    'UPDATE execution SET status = ?, output = ?, error = ?, cause = ?, stopped = ? WHERE seq = ?',
  );
  const redrive = write(
    `UPDATE execution SET status = 'RUNNING', redrives = redrives + 1, redriven = ?, redriveToken = ?, entered = NULL,
       stopped = NULL, output = NULL, error = NULL, cause = NULL WHERE seq = ?`,
  );
  const append = write('INSERT INTO event (execution, id, event) VALUES (?, ?, ?)');
  const lastEvent = query<{ id: number }>(
    'SELECT id FROM event WHERE execution = ? ORDER BY id DESC LIMIT 1',
  );
  const select = 'SELECT event FROM event WHERE execution = ? AND id';
  const newerEvents = query<{ event: string }>(`${select} > ? ORDER BY id LIMIT ?`);
  const olderEvents = query<{ event: string }>(`${select} < ? ORDER BY id DESC LIMIT ?`);
  const excess = `(SELECT seq FROM execution WHERE stopped IS NOT NULL ORDER BY status != 'SUCCEEDED', stopped
    LIMIT max(0, (SELECT count(*) FROM execution WHERE stopped IS NOT NULL) - ?))`;
  const forgetEvents = write(`DELETE FROM event WHERE execution IN ${excess}`);
  const forget = write(`DELETE FROM execution WHERE seq IN ${excess}`);
  const find = (arn: string): ExecutionRecord | undefined => byArn(arn)[0];

  return {
    find,
    /** Newest first, below the position `before`. */
    list: (machine: string, status: string | undefined, before: number, limit: number): ExecutionRecord[] =>
      byMachine(machine, before, status ?? null, limit),
    start(
      execution: Pick<ExecutionRecord, 'arn' | 'machine' | 'name' | 'input' | 'started'>,
    ): ExecutionRecord {
      const { arn, machine, name, input, started } = execution;
      insert(arn, machine, name, input, started);
      return find(arn) as ExecutionRecord;
    },
    enter: (seq: number, state: string, input: string, at: number): void => enter(state, input, at, seq),
    end(seq: number, { status, output, error, cause }: Ending, at: number): void {
      end(status, output ?? null, error ?? null, cause ?? null, at, seq);
      if (seq % sweepInterval !== 0) return;
      forgetEvents(closedKept);
      forget(closedKept);
    },
    redrive: (seq: number, token: string | undefined, at: number): void => redrive(at, token ?? null, seq),
    append: (seq: number, event: HistoryEvent): void => append(seq, event.id, JSON.stringify(event)),
    lastEventId: (seq: number): number => lastEvent(seq)[0]?.id ?? 0,
    /** Events beyond the position `after`, in the order asked for. */
    events(seq: number, after: number, limit: number, newestFirst: boolean): HistoryEvent[] {
      const rows = (newestFirst ? olderEvents : newerEvents)(seq, after, limit);
      return rows.map(({ event }) => JSON.parse(event));
    },
    /** Resolves when everything written so far would survive the process. */
    async committed(): Promise<void> {
      await commit;
    },
    async close(): Promise<void> {
      await commit;
      db.close();
    },
  };
}
