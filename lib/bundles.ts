import path from 'node:path';
import { stages } from '../domain/stages.ts';
import { type FunctionName, functions } from '../lambdas/runtime/environment.ts';
import { type Bundle, bundle } from './bundle.ts';
import { entriesOf } from './entries.ts';

const root = path.join(import.meta.dirname, '..');

let bundled: ReadonlyMap<string, Bundle> | undefined;

/**
 * Bundles the functions whose files have changed since they were last bundled on this machine.
 *
 * @returns each function's bundle, by {@link FunctionName}
 * @throws Error when the files and the tables of functions and stages disagree
 */
export function bundles(): ReadonlyMap<string, Bundle> {
  bundled ??= bundleFunctions();
  return bundled;
}

/** The folder of a function's bundle. */
export const bundleOf = (name: FunctionName): string => (bundles().get(name) as Bundle).folder;

function bundleFunctions(): ReadonlyMap<string, Bundle> {
  const entries = entriesOf(path.join(root, 'lambdas'), {
    functions: Object.keys(functions),
    stages: stages.map(({ name }) => name),
  });
  return bundle(new Map(entries.map((name) => [name, `lambdas/${name}.ts`])), {
    root,
    folder: path.join(root, 'node_modules/.cache/accepted/bundles'),
    options: {
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
    },
  });
}
