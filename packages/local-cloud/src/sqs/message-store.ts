import type { SQLInputValue, StatementSync } from 'node:sqlite';
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

/** Opens the messages of all queues. @param file Empty for messages that end with the process. */
export function openMessageStore(file: string) {
  const database = openDatabase(file, schema);
  const prepared = new Map<TemplateStringsArray, StatementSync>();
  return {
    /** Runs a statement, which is prepared once. Values of the template become its parameters. */
    sql<Row = unknown>(text: TemplateStringsArray, ...values: SQLInputValue[]): Row[] {
      const statement = prepared.get(text) ?? database.prepare(text.join('?'));
      prepared.set(text, statement);
      return statement.all(...values) as Row[];
    },
    // DatabaseSync.createTagStore is no substitute: the file stays locked until its statements are collected.
    close: () => database.close(),
  };
}
