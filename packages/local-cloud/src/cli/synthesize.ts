import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/**
 * Synthesizes the app into a folder, as `cdk synth` does, with the context of cdk.json: in a process of its own, which
 * takes with it the 300 MB that the CDK and esbuild need.
 *
 * @param stop - ends it early
 * @throws Error when the app cannot be synthesized; it has said why on stderr.
 */
export async function synthesize(directory: string, stop: AbortSignal): Promise<void> {
  const { app, context = {} } = JSON.parse(await readFile('cdk.json', 'utf8'));
  const child = spawn(app, {
    shell: true,
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
    // Stdout is for the ready line.
    stdio: ['ignore', process.stderr, 'inherit'],
    signal: stop,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The app could not be synthesized (exit code ${code}).`);
}
