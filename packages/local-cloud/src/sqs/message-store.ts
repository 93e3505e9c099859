import type { SQLInputValue } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';

/** One message of a queue as stored. Times are epoch milliseconds. */
export interface StoredMessage {
  /** Order of arrival. */
  readonly seq: number;
  readonly queue: string;
  readonly id: string;
  readonly body: string;
  /** Message attributes as JSON. */
  readonly attributes: string;
  readonly sender: string;
  readonly sent: number;
  /** When it may be received next. */
  readonly visible: number;
  readonly receives: number;
  readonly firstReceived: number | null;
  /** ARN of the queue that gave it up, on its dead-letter queue. */
  readonly source: string | null;
  /** Handle of its last receipt. */
  readonly receipt: string | null;
}

const schema = `
  CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
    sender TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
    firstReceived INTEGER, source TEXT, receipt TEXT
  );
  CREATE INDEX IF NOT EXISTS visible ON message (queue, visible, seq);
  CREATE INDEX IF NOT EXISTS sent ON message (queue, sent);
  CREATE INDEX IF NOT EXISTS receipt ON message (receipt) WHERE receipt IS NOT NULL;`;

export type MessageStore = ReturnType<typeof openMessageStore>;

/**
 * Opens the messages of all queues in SQLite. Every write is done when its call returns, and outlives SIGKILL.
 * @param file Empty for a database that ends with the process.
 */
export function openMessageStore(file: string) {
  const database = openDatabase(file, schema);
  const statement = <Values extends SQLInputValue[], Row = undefined>(sql: string) => {
    const prepared = database.prepare(sql);
    return (...values: Values) => prepared.get(...values) as Row;
  };
  return {
    add: statement<
      [
        queue: string,
        id: string,
        body: string,
        attributes: string,
        sender: string,
        sent: number,
        visible: number,
      ]
    >(
      'INSERT INTO message (queue, id, body, attributes, sender, sent, visible) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    /** The next message that may be received. */
    next: statement<[queue: string, now: number], StoredMessage | undefined>(
      'SELECT * FROM message WHERE queue = ? AND visible <= ? ORDER BY visible, seq LIMIT 1',
    ),
    /** When the first message of those that are hidden now may be received. */
    nextVisible: statement<[queue: string], { readonly at: number | null }>(
      'SELECT min(visible) AS at FROM message WHERE queue = ?',
    ),
    receive: statement<[now: number, visible: number, receipt: string, seq: number], StoredMessage>(
      `UPDATE message SET receives = receives + 1, firstReceived = coalesce(firstReceived, ?), visible = ?, receipt = ?
         WHERE seq = ? RETURNING *`,
    ),
    /** Hides a message in flight. `chosen` restricts it to one that is hidden until then. Only its last receipt finds it. */
    hide: statement<
      [until: number, queue: string, receipt: string, now: number, chosen: number | null],
      object | undefined
    >(
      `UPDATE message SET visible = ?
         WHERE queue = ? AND receipt = ? AND visible > ? AND visible = coalesce(?, visible) RETURNING seq`,
    ),
    /** Deletes a message. Only its last receipt finds it. */
    delete: statement<[queue: string, receipt: string]>(
      'DELETE FROM message WHERE queue = ? AND receipt = ?',
    ),
    remove: statement<[seq: number]>('DELETE FROM message WHERE seq = ?'),
    /** Moves a message to a dead-letter queue, where its count of receipts begins again. */
    move: statement<[to: string, source: string, seq: number]>(
      `UPDATE message SET queue = ?, source = ?, receives = 0, firstReceived = NULL, receipt = NULL, visible = 0
         WHERE seq = ?`,
    ),
    /** Deletes all messages of a queue that were sent before. */
    expire: statement<[queue: string, before: number]>('DELETE FROM message WHERE queue = ? AND sent < ?'),
    counts: statement<[now: number, queue: string], Record<'visible' | 'inFlight' | 'delayed', number>>(
      `SELECT count(*) FILTER (WHERE visible <= now) AS visible,
              count(*) FILTER (WHERE visible > now AND receives > 0) AS inFlight,
              count(*) FILTER (WHERE visible > now AND receives = 0) AS delayed
         FROM message, (SELECT ? AS now) WHERE queue = ?`,
    ),
    close: () => database.close(),
  };
}
