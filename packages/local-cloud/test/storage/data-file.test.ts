import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { readDataFile, writeDataFile } from '../../src/storage/data-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'key.json');
});

describe('a file of the data folder', () => {
  it('is read as it was written, by this user only', () => {
    expect(readDataFile(file)).toBeUndefined();

    writeDataFile(file, { a: 1 });

    expect(readDataFile(file)).toEqual({ a: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(['key.json', 'manifest.json']);
  });

  it.each([
    ['it is lost', () => rmSync(file), 'key.json is missing or empty'],
    ['it is cut', () => writeFileSync(file, '{"a":'), 'key.json is damaged (Unexpected end of JSON input)'],
    ['it holds something else', () => writeFileSync(file, '17'), 'key.json is damaged (no JSON object)'],
    [
      'the list of files is empty',
      () => writeFileSync(join(folder, 'manifest.json'), '') ?? rmSync(file),
      'manifest.json is damaged (Unexpected end of JSON input)',
    ],
    [
      'the list of files is damaged',
      () => writeFileSync(join(folder, 'manifest.json'), '{}') ?? rmSync(file),
      'manifest.json is damaged (no list of files)',
    ],
  ])('is refused when %s', (_name, damage, message) => {
    writeDataFile(file, { a: 1 });

    damage();

    expect(() => readDataFile(file)).toThrow(
      `${message}; restore ${folder} from a copy, or delete it to start empty`,
    );
  });

  it('is refused where nothing can be written', () => {
    expect(() => writeDataFile('/proc/key.json', {})).toThrow(
      /^\/proc\/key.json cannot be written \(.*\); change its permissions, or choose another folder$/,
    );
  });
});
