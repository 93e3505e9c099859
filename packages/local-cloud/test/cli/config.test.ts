import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/cli/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = process.cwd();
let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  process.chdir(folder);
});
afterEach(() => process.chdir(home));

/** Writes a config file. @returns its path */
function write(source: string, name = 'local.cjs'): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

describe("a project's config file", () => {
  it('is optional', async () => {
    expect(await loadConfig(undefined)).toEqual({});
  });

  it('adds a banner and views', async () => {
    const file = write("module.exports = { banner: () => 'Hello', views: { ledger: () => [] } };");

    const config = await loadConfig(file);

    expect(Object.keys(config)).toEqual(['banner', 'views']);
  });

  it.each([
    ['without anything in it', 'module.exports = undefined;', 'must export a LocalCloudConfig by default'],
    [
      'with an unknown member',
      'module.exports = { routes: {} };',
      'has the member routes; allowed: app, banner, context, site, views, warm',
    ],
    ['with a view of a taken name', 'module.exports = { views: { usage() {} } };', 'has the view "usage"'],
    ['with a view of a bad name', "module.exports = { views: { 'a/b'() {} } };", 'has the view "a/b"'],
  ])('is refused %s', async (_, source, message) => {
    await expect(loadConfig(write(source))).rejects.toThrow(message);
  });

  it('is named when it is not there', async () => {
    await expect(loadConfig('other.ts')).rejects.toThrow('--config is "other.ts"; there is no such file');
  });
});
