import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../storage/sqlite.ts';

/** How far a mapping is with a shard: everything up to a sequence number is done, or nothing after an iterator. */
export interface Checkpoint {
  readonly sequence: string | null;
  readonly iterator: string | null;
}

/** Where event source mappings are with their streams. Committed writes outlive SIGKILL. */
export class StreamCheckpoints {
  readonly #db: DatabaseSync;
  #isOpen = true;

  /** @param file Without it, checkpoints end with the process. */
  constructor(file = '') {
    this.#db = openDatabase(
      file,
      `CREATE TABLE IF NOT EXISTS checkpoint (
         mapping TEXT, stream TEXT, shard TEXT, sequence TEXT, iterator TEXT, PRIMARY KEY (mapping, stream, shard)
       ) WITHOUT ROWID;`,
    );
  }

  /** By shard. */
  of(mapping: string, stream: string): Map<string, Checkpoint> {
    const rows = this.#db
      .prepare('SELECT shard, sequence, iterator FROM checkpoint WHERE mapping = ? AND stream = ?')
      .all(mapping, stream) as unknown as (Checkpoint & { readonly shard: string })[];
    return new Map(rows.map(({ shard, sequence, iterator }) => [shard, { sequence, iterator }]));
  }

  save(mapping: string, stream: string, shard: string, { sequence, iterator }: Checkpoint): void {
    // A batch that ends after the end is delivered again by the next process.
    if (!this.#isOpen) return;
    this.#db
      .prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?)')
      .run(mapping, stream, shard, sequence, iterator);
  }

  close(): void {
    if (this.#isOpen) this.#db.close();
    this.#isOpen = false;
  }
}
