import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const client = join(import.meta.dirname, '..');
const createVite = 'create-vite@9.3.0';
const execute = promisify(execFile);
/** Lines that the user writes. */
const maxLines = 20;

/**
 * Makes a Vite + React + TypeScript project as its users do, installs the packed client, writes the README's application,
 * and builds it.
 *
 * @param baseUrl the API that the application calls
 * @returns the project's folder; its `dist` can be served
 */
export async function freshProject(baseUrl: string, token: string, react: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'accepted-fresh-'));
  const npm = (cwd: string, ...args: readonly string[]) => {
    const running = execute('npm', args, { cwd });
    running.child.stdin?.end();
    return running;
  };

  await npm(folder, 'exec', '--yes', '--', createVite, 'shop', '--template', 'react-ts', '--no-interactive');
  await npm(client, 'pack', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
  const shop = join(folder, 'shop');
  const packages = [`../${tarball}`, `react@${react}`, `react-dom@${react}`];
  await npm(shop, 'install', '--no-audit', '--no-fund', ...packages);
  const source = application();
  if (source.trim().split('\n').length > maxLines)
    throw new Error(`The example has more than ${maxLines} lines.`);
  writeFileSync(join(shop, 'src/App.tsx'), source);
  writeFileSync(join(shop, '.env'), `VITE_API=${baseUrl}\nVITE_TOKEN=${token}\n`);
  await npm(shop, 'run', 'build');
  return shop;
}

/** The first TSX example of the README. */
function application(): string {
  const [, source = ''] = /```tsx\n([\s\S]*?)```/.exec(readFileSync(join(client, 'README.md'), 'utf8')) ?? [];
  return source;
}

/** Removes a project. */
export const removeProject = (shop: string): void =>
  rmSync(join(shop, '..'), { recursive: true, force: true });
