import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';

const root = path.join(import.meta.dirname, '..');

/** The functions: every file of these folders, and these files. */
const functionFiles = 'lambdas/{{api,live,stages,housekeeping}/*,settlement/settle,webhooks/deliver}.ts';

let bundled: string | undefined;

/**
 * Bundles every function in one esbuild call, once a process, which is more than twice as fast as a call each.
 *
 * @returns folder that holds `<room>/<function>/index.js`
 * @throws Error naming a file that is no function
 */
export function bundleFunctions(): string {
  if (bundled !== undefined) return bundled;
  const outdir = path.join(root, 'node_modules/.cache/accepted/bundles', String(process.pid));
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const entries = globSync(functionFiles, { cwd: root });
  for (const entry of entries) refuseWithoutHandler(entry);
  buildSync({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => ({
      in: entry,
      out: path.join(path.relative('lambdas', entry).replace(/\.ts$/, ''), 'index'),
    })),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // ES module sources shake better: a third less code to load at a cold start than with esbuild's default for Node.
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  bundled = outdir;
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  return outdir;
}

/** Lambda would find out with the first order, and Step Functions would repeat it for hours. */
function refuseWithoutHandler(entry: string): void {
  if (/^export const handler\b/m.test(readFileSync(path.join(root, entry), 'utf8'))) return;
  throw new Error(`${entry} lacks its last line, the wiring: export const handler = …`);
}
