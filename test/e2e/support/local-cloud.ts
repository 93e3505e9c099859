import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `npm start -- --json` prints when it is ready. */
export interface Ready {
  readonly api: string;
  readonly live: string;
  readonly aws: string;
  readonly token: string;
}

export interface LocalCloud extends Ready {
  readonly process: ChildProcess;
  /** Ends it as Ctrl-C does; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts the local cloud as its users do, on free ports unless told otherwise. */
export const startLocalCloud = (...args: string[]): Promise<LocalCloud> => startLocalCloudIn(root, ...args);

/** Starts the local cloud with the product of a folder. */
export async function startLocalCloudIn(folder: string, ...args: string[]): Promise<LocalCloud> {
  const child = spawn(
    process.execPath,
    [
      `${root}packages/local-cloud/src/cli/local-cloud.mjs`,
      '--json',
      '--port',
      '0',
      '--aws-port',
      '0',
      '--time-scale',
      '0.01',
      ...contextOfRun(),
      ...args,
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<Ready>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line));
    });
    ended.then((code) => reject(new Error(`The local cloud ended with ${code}: ${errors.join('')}`)));
  });
  return {
    ...ready,
    process: child,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What `--context` of the run adds to every cloud. */
function contextOfRun(): string[] {
  const { E2E_CONTEXT = '' } = process.env;
  return E2E_CONTEXT.split('\n').flatMap((pair) => (pair === '' ? [] : ['--context', pair]));
}
