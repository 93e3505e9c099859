import { randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
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

/** How many messages a queue has. */
export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
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

/** Messages of all queues in SQLite. Every write is done when its method returns, and outlives SIGKILL. */
export class MessageStore {
  readonly #db: DatabaseSync;

  /** @param file Without it, a database of its own that ends with the process. */
  constructor(file = '') {
    this.#db = openDatabase(file, schema);
  }

  add(message: Pick<StoredMessage, 'queue' | 'body' | 'attributes' | 'sender' | 'sent' | 'visible'>): string {
    const id = randomUUID();
    const { queue, body, attributes, sender, sent, visible } = message;
    this.#db
      .prepare(
        'INSERT INTO message (queue, id, body, attributes, sender, sent, visible) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(queue, id, body, attributes, sender, sent, visible);
    return id;
  }

  /** The next message that may be received. */
  next(queue: string, now: number): StoredMessage | undefined {
    const query = 'SELECT * FROM message WHERE queue = ? AND visible <= ? ORDER BY visible, seq LIMIT 1';
    return this.#db.prepare(query).get(queue, now) as StoredMessage | undefined;
  }

  /** When the next message of those that are hidden now may be received. */
  nextVisible(queue: string): number | undefined {
    const { at = null } =
      this.#db.prepare('SELECT min(visible) AS at FROM message WHERE queue = ?').get(queue) ?? {};
    return at === null ? undefined : Number(at);
  }

  receive(seq: number, now: number, visible: number): StoredMessage {
    return this.#db
      .prepare(
        `UPDATE message SET receives = receives + 1, firstReceived = coalesce(firstReceived, ?), visible = ?, receipt = ?
           WHERE seq = ? RETURNING *`,
      )
      .get(now, visible, randomBytes(48).toString('base64url'), seq) as unknown as StoredMessage;
  }

  /** Only the handle of the last receipt finds its message. */
  find(queue: string, receipt: string): StoredMessage | undefined {
    const query = 'SELECT * FROM message WHERE queue = ? AND receipt = ?';
    return this.#db.prepare(query).get(queue, receipt) as StoredMessage | undefined;
  }

  hide(seq: number, visible: number): void {
    this.#db.prepare('UPDATE message SET visible = ? WHERE seq = ?').run(visible, seq);
  }

  delete(seq: number): void {
    this.#db.prepare('DELETE FROM message WHERE seq = ?').run(seq);
  }

  /** Moves a message to a dead-letter queue, where its count of receipts begins again. */
  move(seq: number, to: string, source: string): void {
    this.#db
      .prepare(
        'UPDATE message SET queue = ?, source = ?, receives = 0, firstReceived = NULL, receipt = NULL, visible = 0 WHERE seq = ?',
      )
      .run(to, source, seq);
  }

  /** Deletes all messages of a queue that were sent before. */
  expire(queue: string, sentBefore: number): void {
    this.#db.prepare('DELETE FROM message WHERE queue = ? AND sent < ?').run(queue, sentBefore);
  }

  counts(queue: string, now: number): MessageCounts {
    return this.#db
      .prepare(
        `SELECT count(*) FILTER (WHERE visible <= :now) AS visible,
                count(*) FILTER (WHERE visible > :now AND receives > 0) AS inFlight,
                count(*) FILTER (WHERE visible > :now AND receives = 0) AS delayed
           FROM message WHERE queue = :queue`,
      )
      .get({ queue, now }) as unknown as MessageCounts;
  }

  close(): void {
    this.#db.close();
  }
}
