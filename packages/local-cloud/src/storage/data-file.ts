import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Lists the files of a data folder, so that a lost file is not taken for one that never existed. */
const manifestName = 'manifest.json';

type Details = { readonly cause?: unknown; readonly wayOut?: string | undefined };

/** A file of the data folder that cannot be used. The message names the file, what is wrong and the way out. */
export class DataFileError extends Error {
  /** @param wayOut By default, to restore the folder or to start with an empty one. */
  constructor(file: string, problem: string, { cause, wayOut }: Details = {}) {
    const start = `restore ${dirname(file)} from a copy, or delete it to start empty`;
    super(`${file} ${problem}; ${wayOut ?? start}`, { cause });
    this.name = 'DataFileError';
  }
}

/**
 * Whether a file of the data folder is there.
 * @throws DataFileError when it was there once and is lost.
 */
export function dataFileExists(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.size) return true;
  if (knownFiles(dirname(file)).has(basename(file))) throw new DataFileError(file, 'is missing or empty');
  return false;
}

/** Remembers that a data folder has a file from now on, or that it needs it no longer. */
export function noteDataFile(file: string, isKept = true): void {
  const known = knownFiles(dirname(file));
  if (known.has(basename(file)) === isKept) return;
  known[isKept ? 'add' : 'delete'](basename(file));
  replaceFile(join(dirname(file), manifestName), { files: [...known].sort() });
}

/**
 * Reads a JSON file of the data folder.
 * @returns undefined when there has never been one.
 * @throws DataFileError when it is lost or is not a JSON object.
 */
export function readDataFile(file: string): object | undefined {
  return dataFileExists(file) ? parsed(file) : undefined;
}

/** Writes a JSON file of the data folder that only this user may read. */
export function writeDataFile(file: string, value: object): void {
  replaceFile(file, value);
  noteDataFile(file);
}

function knownFiles(folder: string): Set<string> {
  const file = join(folder, manifestName);
  const { files } = (existsSync(file) ? parsed(file) : { files: [] }) as { readonly files?: unknown };
  if (!Array.isArray(files)) throw new DataFileError(file, 'is damaged (no list of files)');
  return new Set(files);
}

function parsed(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new DataFileError(file, `is damaged (${(error as Error).message})`, { cause: error });
  }
  throw new DataFileError(file, 'is damaged (no JSON object)');
}

/** Renames a new file into place, so that no crash leaves half a file. */
function replaceFile(file: string, value: object): void {
  try {
    writeFileSync(`${file}.next`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.next`, file);
  } catch (error) {
    const problem = `cannot be written (${(error as Error).message})`;
    const wayOut = 'change its permissions, or choose another folder';
    throw new DataFileError(file, problem, { cause: error, wayOut });
  }
}
