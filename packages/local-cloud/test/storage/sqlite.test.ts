import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, openSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/storage/sqlite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const schema = 'CREATE TABLE note (text TEXT) STRICT;';
const wayOut = (folder: string) => `; restore ${folder} from a copy, or delete it to start empty`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'notes.db');
});

/** Writes notes in a process of its own, which ends by SIGKILL. */
async function killedWriter(): Promise<void> {
  const program = `
    const { openDatabase } = await import('${pathToFileURL(join(__dirname, '../../src/storage/sqlite.ts'))}');
    const database = openDatabase('${file}', '${schema}');
    for (let i = 0; i < 300; i++) database.prepare('INSERT INTO note VALUES (?)').run('x'.repeat(500));
    process.kill(process.pid, 'SIGKILL');`;
  await once(spawn(process.execPath, ['--input-type=module', '--eval', program]), 'exit');
}

function count(): number {
  const database = openDatabase(file, schema);
  const { notes } = database.prepare('SELECT count(*) AS notes FROM note').get() as { notes: number };
  database.close();
  return notes;
}

function overwrite(target: string, position: number): void {
  writeSync(openSync(target, 'r+'), Buffer.alloc(20_000, 7), 0, 20_000, position);
}

describe('a database', () => {
  it('keeps what was committed over SIGKILL', async () => {
    await killedWriter();

    expect(count()).toBe(300);
    expect(count()).toBe(300);
  });

  it('is refused while another uses it', () => {
    const database = openDatabase(file, schema);

    expect(count).toThrow(
      `${file} is in use by another local cloud; stop that one, or choose another folder`,
    );

    database.close();
    expect(count()).toBe(0);
  });

  it('is refused when another version wrote it', () => {
    openDatabase(file, 'CREATE TABLE letter (text TEXT);').close();

    expect(count).toThrow(`${file} was written by another version of the local cloud${wayOut(folder)}`);
  });

  it.each([
    ['is lost', () => rmSync(file), 'notes.db is missing or empty'],
    ['is emptied', () => truncateSync(file), 'notes.db is missing or empty'],
    [
      'is cut',
      () => truncateSync(file, statSync(file).size / 2),
      'notes.db is damaged (database disk image is malformed)',
    ],
    [
      'is no database',
      () => writeFileSync(file, 'no database'.repeat(1000)),
      'notes.db is damaged (file is not a database)',
    ],
    ['has a damaged page', () => overwrite(file, 40_000), 'notes.db is damaged (*** in database main ***'],
  ])('is refused when its file %s', async (_name, damage, message) => {
    await killedWriter();
    count();

    damage();

    expect(count).toThrow(message);
    expect(count).toThrow(wayOut(folder));
  });

  it.each([
    ['is lost', () => rmSync(`${file}-wal`), 'notes.db-wal is missing or empty'],
    ['is emptied', () => truncateSync(`${file}-wal`), 'notes.db-wal is missing or empty'],
    [
      'begins with something else',
      () => overwrite(`${file}-wal`, 0),
      'notes.db-wal is damaged: it has lost commits',
    ],
    [
      'is damaged in between',
      () => overwrite(`${file}-wal`, 100_000),
      'notes.db-wal is damaged: it has lost commits',
    ],
  ])('is refused when the log of its latest commits %s', async (_name, damage, message) => {
    await killedWriter();

    damage();

    expect(count).toThrow(message);
    expect(count).toThrow(wayOut(folder));
  });

  it('forgives a commit that the killed process did not finish', async () => {
    await killedWriter();

    truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 10);

    expect(count()).toBe(299);
  });

  it('names what is wrong again at the next attempt', async () => {
    await killedWriter();
    const other = () => openDatabase(file, 'CREATE TABLE letter (text TEXT);');

    expect(other).toThrow('another version');
    expect(other).toThrow('another version');
    expect(count()).toBe(300);
  });

  it('opens again from a copy', async () => {
    await killedWriter();
    cpSync(folder, `${folder}-copy`, { recursive: true });
    rmSync(file);

    cpSync(`${folder}-copy`, folder, { recursive: true });

    expect(count()).toBe(300);
    rmSync(`${folder}-copy`, { recursive: true });
  });

  it('is refused where nothing can be written', () => {
    file = '/proc/notes.db';

    expect(count).toThrow(
      '/proc/notes.db cannot be opened for writing (unable to open database file); change its permissions, or choose another folder',
    );
  });
});
