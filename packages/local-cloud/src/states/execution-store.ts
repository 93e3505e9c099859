import type { SQLInputValue } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';
import type { ExecutionRecord, historyEvent } from './execution-record.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS version (
    id INTEGER PRIMARY KEY, machine TEXT NOT NULL, role TEXT NOT NULL, definition TEXT NOT NULL,
    UNIQUE (machine, role, definition)
  );
  CREATE TABLE IF NOT EXISTS execution (
    seq INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, version INTEGER NOT NULL,
    name TEXT NOT NULL, status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
    started INTEGER NOT NULL, stopped INTEGER, redrives INTEGER NOT NULL DEFAULT 0, redriven INTEGER,
    redriveToken TEXT, state TEXT, stateInput TEXT, entered INTEGER
  );
  CREATE INDEX IF NOT EXISTS by_machine ON execution (machine, seq);
  CREATE INDEX IF NOT EXISTS closed ON execution (stopped) WHERE stopped IS NOT NULL;
  CREATE TABLE IF NOT EXISTS event (
    execution INTEGER NOT NULL, id INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (execution, id)
  ) WITHOUT ROWID;`;

/** Forgets the closed executions that are too many, now and then. */
const sweeping = (closedKept: number) => {
  const excess = `(SELECT seq FROM execution WHERE stopped < NEW.stopped ORDER BY status != 'SUCCEEDED', stopped
    LIMIT max(0, (SELECT count(*) FROM execution WHERE stopped IS NOT NULL) - ${closedKept}))`;
  return `CREATE TEMP TRIGGER sweep AFTER UPDATE OF stopped ON execution
    WHEN NEW.stopped IS NOT NULL AND NEW.seq % ${Math.ceil(closedKept / 40)} = 0
    BEGIN
      DELETE FROM event WHERE execution IN ${excess};
      DELETE FROM execution WHERE seq IN ${excess};
    END;`;
};

/** A state machine as it was between two updates; the definition is JSON text. */
type Version = Readonly<Record<'role' | 'definition', string>>;

export type ExecutionStore = ReturnType<typeof createExecutionStore>;

/**
 * Executions and their histories in SQLite. Writes of one turn of the event loop share a transaction; await
 * `committed` before telling anybody. Committed writes survive SIGKILL, not a power cut.
 * @param file Empty for a database that ends with the process.
 * @param closedKept The oldest closed executions beyond these go, successful ones before those that can be redriven.
 */
export function createExecutionStore(file = '', closedKept = 20_000) {
  const db = openDatabase(file, schema + sweeping(closedKept));
  let commit: Promise<void> | undefined;

  const query = <Row, Values extends SQLInputValue[]>(sql: string) => {
    const statement = db.prepare(sql);
    return (...values: Values) => statement.all(...values) as Row[];
  };
  const write = <Values extends SQLInputValue[]>(sql: string) => {
    const statement = db.prepare(sql);
    return (...values: Values): void => {
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

  const byArn = query<ExecutionRecord, [arn: string]>('SELECT * FROM execution WHERE arn = ?');
  const lastEvent = query<{ id: number }, [seq: number]>('SELECT max(id) id FROM event WHERE execution = ?');
  const events = query<{ event: string }, [seq: number, direction: 1 | -1, position: number, limit: number]>(
    'SELECT event FROM event WHERE execution = ?1 AND id * ?2 > ?3 * ?2 ORDER BY id * ?2 LIMIT ?4',
  );

  const keptVersion = query<{ id: number }, [machine: string, role: string, definition: string]>(
    `INSERT INTO version (machine, role, definition) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET role = excluded.role RETURNING id`,
  );
  const versions = query<Version, [id: number]>('SELECT role, definition FROM version WHERE id = ?');

  return {
    find: (arn: string): ExecutionRecord | undefined => byArn(arn)[0],
    /** Newest first, below the position `before`. */
    list: query<ExecutionRecord, [machine: string, status: string | null, before: number, limit: number]>(
      `SELECT * FROM execution WHERE machine = ?1 AND (?2 IS NULL OR status = ?2) AND seq < ?3
       ORDER BY seq DESC LIMIT ?4`,
    ),
    /** Keeps what a state machine is from now on, for the executions that start with it. @returns its number */
    keepVersion: (...version: Parameters<typeof keptVersion>): number => keptVersion(...version)[0]?.id ?? 0,
    version: (id: number): Version => versions(id)[0] as Version,
    start: write<
      [arn: string, machine: string, version: number, name: string, input: string, started: number]
    >(
      `INSERT INTO execution (arn, machine, version, name, status, input, started)
       VALUES (?, ?, ?, ?, 'RUNNING', ?, ?)`,
    ),
    enter: write<[seq: number, state: string, input: string, at: number]>(
      'UPDATE execution SET state = ?2, stateInput = ?3, entered = ?4 WHERE seq = ?1',
    ),
    end: write<[seq: number, at: number, status: string, ...outputErrorCause: (string | null)[]]>(
      'UPDATE execution SET stopped = ?2, status = ?3, output = ?4, error = ?5, cause = ?6 WHERE seq = ?1',
    ),
    redrive: write<[seq: number, at: number, token: string | null]>(
      `UPDATE execution SET status = 'RUNNING', redrives = redrives + 1, redriven = ?2, redriveToken = ?3,
         entered = NULL, stopped = NULL, output = NULL, error = NULL, cause = NULL WHERE seq = ?1`,
    ),
    append: write<[seq: number, id: number, event: string]>(
      'INSERT INTO event (execution, id, event) VALUES (?, ?, ?)',
    ),
    lastEventId: (seq: number): number => lastEvent(seq)[0]?.id ?? 0,
    /** Events beyond a position: the oldest first, or with a direction of -1 the newest. */
    events: (...asked: Parameters<typeof events>): ReturnType<typeof historyEvent>[] =>
      events(...asked).map(({ event }) => JSON.parse(event)),
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
