import { openDatabase } from '../storage/sqlite.ts';

/** How far a mapping is with a shard: everything up to a sequence number is done, or nothing after an iterator. */
export interface Checkpoint {
  readonly sequence: string | null;
  readonly iterator: string | null;
}

/** Where event source mappings are with their streams. Committed writes outlive SIGKILL. */
export interface StreamCheckpoints {
  /** By shard. */
  of(mapping: string, stream: string): Map<string, Checkpoint>;
  save(mapping: string, stream: string, shard: string, checkpoint: Checkpoint): void;
  close(): void;
}

/** @param file Without it, checkpoints end with the process. */
export function openCheckpoints(file = ''): StreamCheckpoints {
  const db = openDatabase(
    file,
    `CREATE TABLE IF NOT EXISTS checkpoint (
       mapping TEXT, stream TEXT, shard TEXT, sequence TEXT, iterator TEXT, PRIMARY KEY (mapping, stream, shard)
     ) WITHOUT ROWID;`,
  );
  const select = db.prepare(
    'SELECT shard, sequence, iterator FROM checkpoint WHERE mapping = ? AND stream = ?',
  );
  const insert = db.prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?)');
  return {
    of(mapping, stream) {
      const rows = select.all(mapping, stream) as unknown as (Checkpoint & { readonly shard: string })[];
      return new Map(rows.map(({ shard, ...checkpoint }) => [shard, checkpoint]));
    },
    save(mapping, stream, shard, { sequence, iterator }) {
      // A batch that ends after the end is delivered again by the next process.
      if (db.isOpen) insert.run(mapping, stream, shard, sequence, iterator);
    },
    close: () => db.close(),
  };
}
