import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DataFileError, dataFileExists, noteDataFile } from './data-file.ts';

/** An item fits a page of this size, and the busy part of a database fits the cache. */
const settings = `PRAGMA page_size = 8192; PRAGMA cache_size = -32000;
  PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;`;

/**
 * Opens a database that this process alone uses. Committed writes outlive SIGKILL, though not a power cut.
 * @param file Empty for a database that ends with the process: SQLite spills it to a temporary file.
 * @param schema Statements that create the tables of a new file. A file with another schema is refused.
 * @throws DataFileError when the file is lost, damaged, read-only, of another version or in use.
 */
export function openDatabase(file: string, schema: string): DatabaseSync {
  if (file === '') {
    const temporary = new DatabaseSync('');
    temporary.exec(`${settings} ${schema}`);
    return temporary;
  }
  // It holds the latest commits until the database is closed. Without it, SQLite would silently lose them.
  const logFile = `${file}-wal`;
  const hasLog = dataFileExists(file) && dataFileExists(logFile);
  let database: DatabaseSync | undefined;
  let log: Buffer | undefined;
  try {
    database = new DatabaseSync(file);
    // The empty transaction takes the lock.
    database.exec(`${settings} BEGIN IMMEDIATE; COMMIT;`);
    if (hasLog) {
      log = readFileSync(logFile);
      if (!isWhole(log, database)) throw new DataFileError(logFile, 'is damaged: it has lost commits');
    }
    check(database, file, schema);
    noteDataFile(file);
    noteDataFile(logFile);
    const close = database.close.bind(database);
    database.close = () => {
      noteDataFile(logFile, false);
      close();
    };
    return database;
  } catch (error) {
    database?.close();
    // Closing removes the log, and the next attempt has to find it.
    if (log) writeFileSync(logFile, log);
    throw error instanceof DataFileError ? error : refusal(file, error as Error);
  }
}

/**
 * SQLite drops what follows a damaged part of its log without a word. A process that was killed can leave an unfinished
 * transaction at the end, but no commit behind one.
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
function isWhole(log: Buffer, database: DatabaseSync): boolean {
  const { log: valid } = database.prepare('PRAGMA wal_checkpoint').get() as { log: number };
  const frameBytes = 24 + log.readUInt32BE(8);
  const isCommit = (at: number) => log.readUInt32BE(at + 4) > 0;
  // Frames with another salt are left over from before the log began anew.
  const isCurrent = (at: number) => log.subarray(16, 24).equals(log.subarray(at + 8, at + 16));
  for (let at = 32 + valid * frameBytes; at + frameBytes <= log.length; at += frameBytes) {
    if (isCommit(at) && isCurrent(at)) return false;
  }
  return log.readUInt32BE(0) >>> 1 === 0x377f0682 >>> 1;
}

/** Creates the tables of a new file. A schema is its own version: its digest is kept in the file. */
function check(database: DatabaseSync, file: string, schema: string): void {
  const version = createHash('sha256').update(schema.replaceAll(/\s+/g, ' ')).digest().readInt32BE(0);
  const query =
    'SELECT user_version AS found, (SELECT count(*) FROM sqlite_master) AS tables FROM pragma_user_version';
  const { found, tables = 0 } = database.prepare(query).get() ?? {};
  if (tables !== 0 && found !== version) {
    throw new DataFileError(file, 'was written by another version of the local cloud');
  }
  // The write makes sure that there is a log.
  database.exec(`BEGIN; ${tables === 0 ? schema : ''} PRAGMA user_version = ${version}; COMMIT;`);
  const { quick_check: state } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (state !== 'ok') throw new DataFileError(file, `is damaged (${state.replaceAll(/\s+/g, ' ')})`);
}

/** @see https://www.sqlite.org/rescode.html for the primary result codes: 5 is busy, 8, 10 and 14 are about access. */
function refusal(file: string, cause: Error & { readonly errcode?: number }): DataFileError {
  const fail = (problem: string, wayOut?: string) => new DataFileError(file, problem, { cause, wayOut });
  const code = (cause.errcode ?? 0) & 0xff;
  if (code === 5) return fail('is in use by another local cloud', 'stop that one, or choose another folder');
  if (![8, 10, 14].includes(code)) return fail(`is damaged (${cause.message})`);
  const wayOut = 'change its permissions, or choose another folder';
  return fail(`cannot be opened for writing (${cause.message})`, wayOut);
}
