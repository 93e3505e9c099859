import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { buildSite } from '../../src/site/build-site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
let directory: string;

beforeEach(() => {
  folder = temporaryFolder();
  directory = join(folder, 'dist');
  mkdirSync(directory);
  writeFileSync(join(folder, 'page.ts'), 'source');
});

const built = () => join(directory, 'index.html');
const never = new AbortController().signal;

/** Builds with a command that leaves its own text. */
const build = (text: string) =>
  buildSite(directory, { command: `echo ${text} > ${built()}`, sources: [folder] }, never);

describe('the build of a site', () => {
  it('runs where nothing was built', async () => {
    await build('first');

    expect(existsSync(built())).toBe(true);
  });

  it('runs again when a source is newer, and not otherwise', async () => {
    writeFileSync(built(), 'first');
    const [before, after] = [new Date(1_000_000), new Date(2_000_000)];
    utimesSync(join(folder, 'page.ts'), before, before);
    utimesSync(built(), after, after);

    await build('second');
    expect(readFileSync(built(), 'utf8')).toBe('first');

    utimesSync(join(folder, 'page.ts'), new Date(3_000_000), new Date(3_000_000));
    await build('third');
    expect(readFileSync(built(), 'utf8').trim()).toBe('third');
  });

  it('names the command that fails', async () => {
    rmSync(built(), { force: true });

    const building = buildSite(directory, { command: 'exit 3', sources: [folder] }, never);

    await expect(building).rejects.toThrow('"exit 3" ended with exit code 3');
  });
});
