import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import cdkJson from '../../cdk.json' with { type: 'json' };

const root = path.join(import.meta.dirname, '../..');
const store = path.join(root, 'node_modules/.cache/accepted');
const temporary = mkdtempSync(path.join(tmpdir(), 'accepted-kept-'));

/** A context that nobody has synthesized. */
const CDK_CONTEXT_JSON = JSON.stringify({
  ...cdkJson.context,
  profile: 'development',
  tags: `test=${randomUUID()}`,
});
const [first, second] = [run('first'), run('second')];
const [record = ''] = readdirSync(path.join(store, 'assemblies/app'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => path.join(store, 'assemblies/app', name))
  .toSorted((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
const { inputs } = JSON.parse(readFileSync(record, 'utf8')) as { inputs: string[] };

afterAll(() => {
  for (const each of [temporary, record, record.replace(/\.json$/, '')]) rmSync(each, { recursive: true });
});

/** Runs the app, and tells what it read. */
function run(name: string) {
  const [outdir, reads] = [path.join(temporary, name), path.join(temporary, `${name}.json`)];
  execFileSync(
    process.execPath,
    ['--import', path.join(root, 'test/support/record-reads.ts'), 'bin/kept-app.ts'],
    {
      cwd: root,
      env: { PATH: '', READS: reads, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON, CDK_VALIDATION: 'false' },
    },
  );
  const read = JSON.parse(readFileSync(reads, 'utf8')) as Record<'modules' | 'files' | 'variables', string[]>;
  return { outdir, ...read };
}

const assembly = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => [name, statSync(path.join(folder, name)).size]);

describe('the app that keeps its assembly', () => {
  it('gives the same assembly again, without loading the CDK', () => {
    const isCdk = (file: string) => file.endsWith('aws-cdk-lib/index.js');

    expect(assembly(second.outdir)).toEqual(assembly(first.outdir));
    expect(assembly(second.outdir).length).toBeGreaterThan(10);
    expect([first, second].map(({ modules }) => modules.some(isCdk))).toEqual([true, false]);
  });

  it('depends on every file of the project and of its packages that a synthesis reads', () => {
    const known = new Set(inputs.map((input) => path.join(root, input)));
    const isKnown = (file: string): boolean =>
      known.has(file) || (file.startsWith(root) && file !== root && isKnown(path.dirname(file)));

    const read = [...first.modules, ...first.files];
    const unknown = read.filter(
      (file) => file.startsWith(`${root}${path.sep}`) && !file.startsWith(store) && !isKnown(file),
    );

    expect(read.length).toBeGreaterThan(1_000);
    expect(unknown).toEqual([]);
  });

  it('depends on every variable that a synthesis reads, except those that only packages’ own tests and tools set', () => {
    const without = [
      // The CDK's command passes a context that is too long for a variable this way. It runs bin/app.ts.
      'CONTEXT_OVERFLOW_LOCATION_ENV',
      ...['ESBUILD_BINARY_PATH', 'ESBUILD_WORKER_THREADS', 'WATCH_REPORT_DEPENDENCIES'],
      ...['FORCE_COLOR', 'GRACEFUL_FS_PLATFORM', 'TEST_GRACEFUL_FS_GLOBAL_PATCH', 'TESTING_CDK'],
      '__MINIMATCH_TESTING_PLATFORM__',
    ];

    const unknown = first.variables.filter(
      (name) => !/^(CDK|JSII|NODE)_/.test(name) && !without.includes(name),
    );

    expect(first.variables).toContain('CDK_CONTEXT_JSON');
    expect(unknown).toEqual([]);
  });
});
