import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files from which packages of the AWS SDK are resolved: the app's folder first, then this package. */
export const sdkRoots: readonly string[] = [
  join(process.cwd(), 'package.json'),
  fileURLToPath(import.meta.url),
];

const imports = /(?:\brequire\(|\bimport\(|\bfrom|\bimport)\s*["'](@(?:aws-sdk|smithy)\/[\w-]+)/g;

/**
 * Checks that the parts of the AWS SDK that a bundle leaves outside are installed here: Lambda's runtime has them all.
 * @param code Folder of the bundle.
 * @throws Error naming the package, and the way out.
 */
export function requireSdk(code: string, handler: string): void {
  const file = ['.js', '.mjs', '.cjs']
    .map((extension) => join(code, handler.replace(/\.[^./]*$/, '') + extension))
    .find(existsSync);
  if (file === undefined) return;
  const wanted = new Set(Array.from(readFileSync(file, 'utf8').matchAll(imports), ([, name]) => name ?? ''));
  for (const name of wanted) {
    if ([file, ...sdkRoots].some((root) => resolves(name, root))) continue;
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
