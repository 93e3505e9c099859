import { execFile } from 'node:child_process';
import path from 'node:path';
import { createOperatorFunction } from '../../../bin/ops/operator-function.ts';
import { runOps } from '../../../bin/ops/run-ops.ts';

/** What a run of the operators' tool left. */
export interface OpsRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = path.join(import.meta.dirname, '../../..');

/** The operators' tool on a cloud, with the usual AWS configuration and without a terminal. */
export function opsOn(aws: string) {
  const configuration = {
    AWS_ENDPOINT_URL: aws,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'oncall',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  Object.assign(process.env, configuration);

  /** Runs a command in this process, which spares its start. */
  async function run(...args: readonly string[]): Promise<OpsRun> {
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const code = await runOps(args, {
      connect: createOperatorFunction,
      terminal: {
        print: (text) => void stdout.push(text),
        note: (text) => void stderr.push(text),
        redraw: () => {},
        isInteractive: false,
        confirm: async () => false,
        interruption: () => new AbortController().signal,
      },
      environment: {},
      clock: () => new Date(),
      watchIntervalMs: 50,
    });
    return { code, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
  }

  return {
    run,
    /** Runs a command as a script does. */
    spawn: (...args: readonly string[]): Promise<OpsRun> =>
      new Promise((resolve) => {
        const env = { ...process.env, ...configuration };
        execFile(process.execPath, ['bin/ops.ts', ...args], { cwd: root, env }, (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
        });
      }),
    /** What a command prints with `--json`. */
    async json<Result>(...args: readonly string[]): Promise<Result> {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== 0) throw new Error(`ops ${args.join(' ')} ended with ${code}: ${stderr} ${stdout}`);
      return JSON.parse(stdout);
    },
  };
}
