import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { DataFileError, dataFileExists, noteDataFile } from './data-file.ts';
import { checkLog } from './write-ahead-log.ts';

/** Larger than the defaults, so that an item fits a page and the busy part of a database fits the cache. */
const sizes = 'PRAGMA page_size = 8192; PRAGMA cache_size = -32000;';
/** Primary SQLite result codes: https://www.sqlite.org/rescode.html */
const codes = { busy: 5, readOnly: 8, ioError: 10, cannotOpen: 14 };

/**
 * Opens a database that this process alone uses. Committed writes outlive SIGKILL, though not a power cut.
 * @param file Empty for a database that ends with the process: SQLite spills it to a temporary file.
 * @param schema Statements that create the tables of a new file. A file with another schema is refused.
 * @throws DataFileError when the file is lost, damaged, read-only, of another version or in use.
 */
export function openDatabase(file: string, schema: string): DatabaseSync {
  if (file !== '') return openFile(file, schema);
  const database = new DatabaseSync('');
  database.exec(`${sizes} PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${schema}`);
  return database;
}

/** Records its close, so that the next process does not expect a write-ahead log. */
class FileDatabase extends DatabaseSync {
  readonly #log: string;

  constructor(file: string, log: string) {
    super(file);
    this.#log = log;
  }

  override close(): void {
    noteDataFile(this.#log, false);
    super.close();
  }
}

function openFile(file: string, schema: string): DatabaseSync {
  // It holds the latest commits until the database is closed. Without it, SQLite would silently lose them.
  const log = `${file}-wal`;
  if (dataFileExists(file) && dataFileExists(log)) checkLog(log);
  let database: FileDatabase | undefined;
  try {
    database = new FileDatabase(file, log);
    database.exec(`${sizes} PRAGMA locking_mode = EXCLUSIVE;`);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    check(database, file, schema);
    noteDataFile(file);
    noteDataFile(log);
    return database;
  } catch (error) {
    const { errcode = 0 } = error as { readonly errcode?: number };
    // A file in use belongs to another process, with its entry for the log.
    if (database && (errcode & 0xff) === codes.busy) DatabaseSync.prototype.close.call(database);
    else database?.close();
    throw error instanceof DataFileError ? error : refusal(file, error);
  }
}

/** Creates the tables of a new file. A schema is its own version: its digest is kept in the file. */
function check(database: DatabaseSync, file: string, schema: string): void {
  const version = createHash('sha256').update(schema.replaceAll(/\s+/g, ' ')).digest().readInt32BE(0);
  // The transaction also takes the lock and makes sure that there is a log.
  database.exec('BEGIN IMMEDIATE');
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as {
    tables: number;
  };
  if (tables === 0) database.exec(schema);
  else if (found !== version) {
    throw new DataFileError(file, 'was written by another version of the local cloud');
  }
  database.exec(`PRAGMA user_version = ${version}; COMMIT;`);
  const { quick_check: state } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (state !== 'ok') throw new DataFileError(file, `is damaged (${state.replaceAll(/\s+/g, ' ')})`);
}

function refusal(file: string, cause: unknown): DataFileError {
  const { errcode = 0, message } = cause as Error & { readonly errcode?: number };
  switch (errcode & 0xff) {
    case codes.busy:
      return new DataFileError(file, 'is in use by another local cloud', {
        cause,
        wayOut: 'stop that one, or choose another folder',
      });
    case codes.readOnly:
    case codes.ioError:
    case codes.cannotOpen:
      return new DataFileError(file, `cannot be opened for writing (${message})`, {
        cause,
        wayOut: 'change its permissions, or choose another folder',
      });
    default:
      return new DataFileError(file, `is damaged (${message})`, { cause });
  }
}
