import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clockTickMs, createArtifactStore } from '../../lib/artifact-store.ts';
import { bundle } from '../../lib/bundle.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'accepted-bundles-'));
  write(
    'lambdas/accept.ts',
    "export * from '../domain/job.ts'; import { tax } from 'tax'; export const due = tax;",
  );
  write('lambdas/status.ts', "export const handler = 'status';");
  write('domain/job.ts', "export { version } from './version.ts';");
  write('domain/version.ts', 'export const version = 1;');
  write('domain/unused.ts', 'export const unused = 1;');
  write('node_modules/tax/package.json', '{ "name": "tax", "main": "old.js" }');
  write('node_modules/tax/old.js', 'export const tax = 7;');
  write('node_modules/tax/new.js', 'export const tax = 19;');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes a file that is older than any store opened from now on. */
function write(file: string, text: string): void {
  const whole = path.join(root, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  while (Date.now() - clockTickMs <= statSync(whole).ctimeMs);
}

const folder = () => path.join(root, 'node_modules/.cache/bundles');

function bundleAll(options: object = {}) {
  const entries = new Map(['accept', 'status'].map((name) => [name, `lambdas/${name}.ts`]));
  const bundles = bundle(entries, {
    root,
    folder: folder(),
    options: { bundle: true, format: 'cjs', sourcemap: 'linked', logLevel: 'silent', ...options },
  });
  const folderOf = (name: string) => bundles.get(name)?.folder ?? '';
  const fileOf = (name: string) => path.join(folderOf(name), 'index.js');
  return {
    textOf: (name: string) => readFileSync(fileOf(name), 'utf8'),
    folderOf,
    sourcesOf: (name: string) =>
      (JSON.parse(readFileSync(`${fileOf(name)}.map`, 'utf8')) as { sources: string[] }).sources.map(
        (source) => path.relative(root, path.resolve(path.dirname(fileOf(name)), source)),
      ),
  };
}

/** Changes with each call of esbuild, which works in a new folder there. */
const lastBuild = () => statSync(folder()).mtimeMs;

describe('a bundle that is kept', () => {
  it('is taken again while nothing has changed', () => {
    bundleAll();
    const built = lastBuild();

    expect(bundleAll().textOf('accept')).toContain('version = 1');
    expect(lastBuild()).toBe(built);
  });

  it('is taken again when a file changed that it does not import', () => {
    const first = bundleAll();
    write('domain/unused.ts', 'export const unused = 2;');
    write('lambdas/status.ts', "export const handler = 'changed';");
    const second = bundleAll();

    expect(second.folderOf('accept')).toBe(first.folderOf('accept'));
    expect(second.textOf('status')).toContain('changed');
  });

  it('is taken again after an edit was undone', () => {
    bundleAll();
    write('domain/version.ts', 'export const version = 2;');
    bundleAll();
    const built = lastBuild();
    write('domain/version.ts', 'export const version = 1;');

    expect(bundleAll().textOf('accept')).toContain('version = 1');
    expect(lastBuild()).toBe(built);
  });

  it('names its sources', () => {
    expect(bundleAll().sourcesOf('accept')).toEqual(
      expect.arrayContaining(['lambdas/accept.ts', 'domain/version.ts', 'node_modules/tax/old.js']),
    );
  });
});

describe('a bundle is made anew when', () => {
  it('an imported file has changed, although its size and time are the same', () => {
    bundleAll();
    const { atime, mtime } = statSync(path.join(root, 'domain/version.ts'));
    write('domain/version.ts', 'export const version = 2;');
    utimesSync(path.join(root, 'domain/version.ts'), atime, mtime);

    expect(bundleAll().textOf('accept')).toContain('version = 2');
  });

  it('a file that only passes others on has changed', () => {
    bundleAll();
    write('domain/job.ts', "export { unused as version } from './unused.ts';");

    expect(bundleAll().textOf('accept')).toContain('unused = 1');
  });

  it('a package exports another file', () => {
    bundleAll();
    write('node_modules/tax/package.json', '{ "name": "tax", "main": "new.js" }');

    expect(bundleAll().textOf('accept')).toContain('tax = 19');
  });

  it('a package was installed nearer to the file', () => {
    bundleAll();
    write('domain/node_modules/.keep', '');
    write('lambdas/node_modules/tax/index.js', 'export const tax = 20;');
    write('node_modules/.package-lock.json', '{ "packages": { "lambdas/node_modules/tax": {} } }');

    expect(bundleAll().textOf('accept')).toContain('tax = 20');
  });

  it.each(['tsconfig.json', 'lambdas/tsconfig.json'])('%s says how TypeScript is read', (file) => {
    write('lambdas/status.ts', 'export class Status { declare version: number; field; }');
    bundleAll();
    write(file, '{ "compilerOptions": { "useDefineForClassFields": false } }');

    expect(bundleAll().textOf('status')).not.toMatch(/field/);
  });

  it('a file changed while it was made', () => {
    const open = () => createArtifactStore({ root, folder: folder(), facts: 1, versions: 4 });
    const keep = (change: () => void) => {
      const store = open();
      store.make((workshop) => {
        mkdirSync(path.join(workshop, 'made'));
        change();
        return store.keep('accept', path.join(workshop, 'made'), ['domain/version.ts']);
      });
      return open().find('accept');
    };

    expect(keep(() => write('domain/version.ts', 'export const version = 2;'))).toBeUndefined();
    expect(keep(() => {})).toBeDefined();
  });

  it('esbuild is given other options', () => {
    bundleAll();

    expect(bundleAll({ minify: true }).textOf('accept')).not.toContain('version = 1');
  });
});

it('a failed bundling is reported, and leaves nothing behind', () => {
  write('domain/version.ts', 'export const version = ;');

  expect(() => bundleAll()).toThrow('domain/version.ts');
  expect(readdirSync(folder())).toEqual([]);
});

it('the bundles of the four latest edits are kept', () => {
  const edit = (version: number) => {
    write('domain/version.ts', `export const version = ${version};`);
    return path.basename(bundleAll().folderOf('accept'));
  };
  const [, ...latest] = [1, 2, 3, 4, 5].map(edit);

  const kept = readdirSync(path.join(folder(), 'accept'));
  expect(kept.sort()).toEqual(latest.flatMap((name) => [name, `${name}.json`]).sort());
});

it('what another process removes while it is looked for is made anew', () => {
  const { textOf, folderOf } = bundleAll();
  const text = textOf('accept');
  // A name that is listed, and gone when it is read.
  rmSync(`${folderOf('accept')}.json`);
  symlinkSync('gone', `${folderOf('accept')}.json`);

  expect(bundleAll().textOf('accept')).toBe(text);
});
