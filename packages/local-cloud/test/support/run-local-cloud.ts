import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The first line of `--json`. */
export interface Ready {
  readonly ready: true;
  readonly api?: string;
  readonly live?: string;
  readonly aws: string;
  readonly token: string;
}

/** How a run went that never became ready. */
export interface Failure {
  readonly code: number | null;
  readonly stderr: string;
}

const main = fileURLToPath(new URL('../../src/cli/local-cloud.mjs', import.meta.url));

/** Starts `local-cloud` on free ports in a folder, as its users do. */
function start(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, '--port', '0', '--aws-port', '0', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stderr: errors.join(''),
  }));
  return { child, ended };
}

/** Runs it until it is stopped. @throws Error when it does not become ready. */
export async function runLocalCloud(folder: string, ...args: readonly string[]) {
  const { child, ended } = start(folder, ['--json', ...args]);
  const ready = await new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line));
    });
    void ended.then(({ code, stderr }) => reject(new Error(`local-cloud ended with ${code}: ${stderr}`)));
  });
  return {
    ...ready,
    /** Stops it as Ctrl-C does. @returns how it ended */
    async stop(): Promise<Failure> {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** Runs it to its end. */
export function runToEnd(
  folder: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Failure> {
  return start(folder, args, env).ended;
}
