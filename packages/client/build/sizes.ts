import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { minify } from '@swc/core';
import { build } from 'esbuild';
import { internalNames } from './internal-names.ts';

/** Parts of the package, what an application imports of each, and its size limit in bytes. */
const budgets = [
  {
    name: 'core',
    limit: 5_500,
    imports: `export { createOrdersClient, isOrdersError, isTerminal } from './src/index.ts';`,
    mangleProps: internalNames,
  },
  { name: 'hooks', limit: 2_000, imports: `export * from './src/react/index.ts';` },
];

/**
 * Measures all that a page downloads of each part: in one file, minified by SWC with its defaults, and gzipped.
 *
 * @throws Error when a part exceeds its limit
 */
export async function checkSizes(): Promise<void> {
  for (const { name, limit, imports, mangleProps } of budgets) {
    const { outputFiles } = await build({
      stdin: { contents: imports, resolveDir: join(import.meta.dirname, '..'), loader: 'ts' },
      external: ['react'],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      ...(mangleProps && { mangleProps }),
      platform: 'neutral',
      write: false,
    });
    const { code } = await minify(outputFiles[0]?.text ?? '', { compress: true, mangle: true, module: true });
    const size = gzipSync(code, { level: 9 }).length;
    console.log(`@accepted/client ${name}: ${size} bytes of ${limit}, minified and gzipped`);
    if (size > limit) throw new Error(`The ${name} of the client has ${size} bytes; it may have ${limit}.`);
  }
}
