import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('../bin/app.ts', import.meta.url));

/**
 * Synthesizes the app into a folder, as `cdk synth` does: in a process of its own, which takes with it the 300 MB that
 * the CDK and esbuild need.
 *
 * @param stop - ends it early
 * @throws Error when the app cannot be synthesized; it has said why on stderr.
 */
export async function synthesize(directory: string, stop: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [app], {
    env: { ...process.env, CDK_OUTDIR: directory },
    // Stdout is for the ready line.
    stdio: ['ignore', process.stderr, 'inherit'],
    signal: stop,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The app could not be synthesized (exit code ${code}).`);
}
