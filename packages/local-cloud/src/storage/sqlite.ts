import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a database whose committed writes outlive SIGKILL, though not a power cut.
 * @param file Empty for a database that ends with the process: SQLite spills it to a temporary file.
 * @param schema Statements that do nothing where it is there already.
 */
export function openDatabase(file: string, schema: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
  database.exec(schema);
  return database;
}
