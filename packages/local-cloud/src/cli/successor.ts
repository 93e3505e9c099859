import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a process leaves to the one that takes its place. */
export interface Inheritance {
  /** Holds what ends with the run: the assembly that was made for it, and data for which no folder was named. */
  readonly temporary: string;
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** So that clients find the successor where they found this process. */
  readonly ports: { readonly port: number; readonly awsPort: number };
}

/** Names the inheritance in the environment of the successor. */
const variable = 'LOCAL_CLOUD_SUCCEEDS';

/** What an earlier process has left. The variable goes, so that no child takes itself for a successor. */
export function takeInheritance(): Inheritance | undefined {
  const text = process.env[variable];
  delete process.env[variable];
  return text === undefined ? undefined : JSON.parse(text);
}

/** Makes the folder of everything that ends with a run. */
export async function makeTemporary() {
  return mkdtemp(join(tmpdir(), 'local-cloud-'));
}

export const removeTemporary = (folder: string) => rm(folder, { recursive: true, force: true });

/**
 * Ends this process at once, as SIGKILL does, and starts the same command anew in its place: nothing is flushed, no
 * handler runs, every connection is cut. The process id and the terminal stay.
 * @throws Error on Windows, which cannot replace a process.
 * @see https://nodejs.org/api/process.html#processexecvefile-args-env
 */
export function startAnew(inheritance: Inheritance): never {
  const { execve, execPath, execArgv, argv, env } = process;
  if (!execve) throw new Error('This platform cannot restart the local cloud');
  const text = JSON.stringify(inheritance);
  return execve.call(process, execPath, [execPath, ...execArgv, ...argv.slice(1)], {
    ...(env as Record<string, string>),
    [variable]: text,
  });
}
