import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { stages } from '../domain/stages.ts';
import { type FunctionName, functions } from '../lambdas/runtime/environment.ts';
import { entriesOf } from './entries.ts';

const root = path.join(import.meta.dirname, '..');

let bundled: string | undefined;

/**
 * Bundles every function in one esbuild call per process, which is more than twice as fast as one call each.
 *
 * @param name - path of the function's file below `lambdas/`, without its ending
 * @returns the folder of the function's bundle, which contains `index.js` and `index.js.map`
 * @throws Error when the files and the tables of functions and stages disagree
 */
export function bundleOf(name: FunctionName): string {
  bundled ??= bundleFunctions();
  return path.join(bundled, name);
}

function bundleFunctions(): string {
  const entries = entriesOf(path.join(root, 'lambdas'), {
    functions: Object.keys(functions),
    stages: stages.map(({ name }) => name),
  });
  const outdir = path.join(root, 'node_modules/.cache/accepted/bundles', String(process.pid));
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: entries.map((name) => ({ in: `lambdas/${name}.ts`, out: path.join(name, 'index') })),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // esbuild drops more unused code from ES modules: cold starts load a third less than with its default for Node.js.
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': './lambdas/adapters/environment-credentials.ts' },
    minify: true,
    // Stack traces and logs show the names of functions and errors.
    keepNames: true,
    legalComments: 'none',
    // Without the sources themselves: a stack trace names their files and lines only.
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  return outdir;
}
