import { openDatabase } from '../storage/sqlite.ts';

/** How far a mapping is with a shard: everything up to a sequence number is done, or nothing after an iterator. */
export interface Checkpoint {
  readonly sequence: string | null;
  readonly iterator: string | null;
}

/** Where event source mappings are with their streams. */
export type StreamCheckpoints = ReturnType<typeof openCheckpoints>;

/**
 * Opens the checkpoints. Committed writes outlive SIGKILL.
 * @param file Without it, checkpoints end with the process.
 */
export function openCheckpoints(file = '') {
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
    /** By shard. */
    of(mapping: string, stream: string): Map<string, Checkpoint> {
      const rows = select.all(mapping, stream) as unknown as (Checkpoint & { readonly shard: string })[];
      return new Map(rows.map(({ shard, ...checkpoint }) => [shard, checkpoint]));
    },
    save(mapping: string, stream: string, shard: string, { sequence, iterator }: Checkpoint): void {
      // A batch that ends after the end is delivered again by the next process.
      if (db.isOpen) insert.run(mapping, stream, shard, sequence, iterator);
    },
    close: (): void => db.close(),
  };
}
