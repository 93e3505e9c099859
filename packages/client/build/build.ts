import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { protocolTypes } from './generate-protocol.ts';

/** Size limit of the whole client, minified and gzipped, in bytes. */
const sizeLimit = 7_000;

const folder = join(import.meta.dirname, '..');
const root = join(folder, '../..');
const dist = join(folder, 'dist');

const bundle: BuildOptions = {
  entryPoints: [join(folder, 'src/index.ts')],
  bundle: true,
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
};

/** Builds the package in `dist`. Fails when it exceeds the size limit. */
async function main(): Promise<void> {
  process.chdir(root);
  rmSync(dist, { recursive: true, force: true });
  writeFileSync(join(folder, 'src/protocol.ts'), await protocolTypes());
  await build({ ...bundle, format: 'esm', outfile: join(dist, 'index.js') });
  await build({ ...bundle, format: 'cjs', outfile: join(dist, 'index.cjs') });
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' });
  declarations();
  await checkSize();
}

/**
 * The compiler leaves `.ts` in the imports of declarations. `require` gets the same types under its own extension: in
 * this package `.d.ts` describes an ES module.
 */
function declarations(): void {
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(dist, file), 'utf8');
    const importing = (extension: string) => text.replaceAll(/'(\.\/[\w-]+)\.ts'/g, `'$1.${extension}'`);
    writeFileSync(join(dist, file), importing('js'));
    writeFileSync(join(dist, file.replace('.d.ts', '.d.cts')), importing('cjs'));
  }
}

async function checkSize(): Promise<void> {
  const { outputFiles } = await build({
    ...bundle,
    format: 'esm',
    minify: true,
    sourcemap: false,
    write: false,
  });
  const size = gzipSync(outputFiles?.[0]?.contents ?? '', { level: 9 }).length;
  console.log(`@accepted/client: ${size} bytes of ${sizeLimit}, minified and gzipped`);
  if (size > sizeLimit) throw new Error(`The client has ${size} bytes; it may have ${sizeLimit}.`);
}

await main();
