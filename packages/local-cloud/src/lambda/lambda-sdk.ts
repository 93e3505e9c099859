import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** Files from which packages of the AWS SDK are resolved: the app's folder first, then this package. */
export const sdkRoots = [join(process.cwd(), 'package.json'), fileURLToPath(import.meta.url)];

/** May also stand in a comment or a text, but spares the parsing of almost every bundle. */
const mention = /(?:require\(|import\(|from|import)\s*["']@aws-sdk\/(?:client|lib)-/;

/** @throws Error naming a package of the AWS SDK that the bundle leaves to Lambda's runtime and that is missing here. */
export function requireSdk(code: string, handler: string): void {
  const [file] = ['.js', '.mjs', '.cjs']
    .map((extension) => join(code, handler.replace(/\.[^/]*$/, extension)))
    .filter(existsSync);
  if (file === undefined || !mention.test(readFileSync(file, 'utf8'))) return;
  const { metafile } = buildSync({
    ...{ entryPoints: [file], bundle: true, packages: 'external', platform: 'node' },
    ...{ write: false, metafile: true, logLevel: 'silent' },
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
  for (const name of imports.filter((path) => path.startsWith('@aws-sdk/'))) {
    if ([file, ...sdkRoots].some((from) => resolves(name, from))) continue;
    throw new Error(
      `the bundle leaves ${name} to Lambda's runtime; install it in the app (npm install --save-dev ${name}), or bundle it`,
    );
  }
}

function resolves(name: string, from: string): boolean {
  try {
    return createRequire(from).resolve(name) !== '';
  } catch {
    return false;
  }
}
