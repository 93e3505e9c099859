import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { protocolTypes } from './generate-protocol.ts';
import { internalNames } from './internal-names.ts';
import { checkSizes } from './sizes.ts';

const folder = join(import.meta.dirname, '..');
const root = join(folder, '../..');
const dist = join(folder, 'dist');

/** A socket must not keep a process of Node.js alive: its build takes that file in place of the browsers'. */
const forNode: Plugin = {
  name: 'for-node',
  setup({ onResolve }) {
    onResolve({ filter: /open-web-socket\.ts$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, 'open-web-socket.node.ts'),
    }));
  },
};

/**
 * Each file of `dist`, and how it is made. The hooks have no objects of their own, and call the platform by names that the
 * core uses for itself.
 */
const bundles: readonly (BuildOptions & { readonly outfile: string })[] = [
  { entryPoints: ['src/index.ts'], outfile: 'index', mangleProps: internalNames },
  { entryPoints: ['src/index.ts'], outfile: 'index.node', mangleProps: internalNames, plugins: [forNode] },
  { entryPoints: ['src/react/index.ts'], outfile: 'react/index', external: ['react'] },
];

/** Builds the package in `dist`. Fails when a part of it exceeds its size limit. */
async function main(): Promise<void> {
  process.chdir(root);
  rmSync(dist, { recursive: true, force: true });
  writeFileSync(join(folder, 'src/protocol.ts'), await protocolTypes());
  for (const { outfile, ...options } of bundles) {
    for (const [format, extension] of [['esm', 'js'] as const, ['cjs', 'cjs'] as const]) {
      await build({
        ...options,
        absWorkingDir: folder,
        bundle: true,
        target: 'es2022',
        platform: 'neutral',
        sourcemap: true,
        format,
        outfile: `dist/${outfile}.${extension}`,
      });
    }
  }
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' });
  declarations();
  await checkSizes();
}

/**
 * The compiler leaves `.ts` in the imports of declarations. `require` gets the same types under its own extension: in
 * this package `.d.ts` describes an ES module.
 */
function declarations(): void {
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    const text = readFileSync(join(dist, file), 'utf8');
    const importing = (extension: string) => text.replaceAll(/'(\.\.?\/[\w/.-]+)\.ts'/g, `'$1.${extension}'`);
    writeFileSync(join(dist, file), importing('js'));
    writeFileSync(join(dist, file.replace('.d.ts', '.d.cts')), importing('cjs'));
  }
}

await main();
