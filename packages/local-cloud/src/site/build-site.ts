import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** How a site is made of its sources. */
export interface SiteBuild {
  /** The command. It runs when a source is newer than `index.html` of the directory, or there is none. */
  readonly command: string;
  /** Files and folders; what lies in the site's own directory and in `node_modules` does not count. */
  readonly sources: readonly string[];
}

/**
 * Builds a site whose sources have changed.
 *
 * @throws Error that names the command when it fails; it has said why on stderr
 */
export async function buildSite(
  directory: string,
  { command, sources }: SiteBuild,
  stop: AbortSignal,
): Promise<void> {
  const built = join(directory, 'index.html');
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0;
  if (builtAt > (await newest(sources, directory))) return;
  const child = spawn(command, {
    shell: true,
    // Stdout is for the ready line.
    stdio: ['ignore', process.stderr, 'inherit'],
    signal: stop,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The site could not be built: "${command}" ended with exit code ${code}.`);
}

/** When the latest of some files changed. */
async function newest(paths: readonly string[], except: string): Promise<number> {
  let latest = 0;
  for (const path of paths) {
    if (join(path) === join(except) || !existsSync(path)) continue;
    const stat = statSync(path);
    if (!stat.isDirectory()) latest = Math.max(latest, stat.mtimeMs);
    else {
      const inside = (await readdir(path)).filter((name) => name !== 'node_modules');
      latest = Math.max(
        latest,
        await newest(
          inside.map((name) => join(path, name)),
          except,
        ),
      );
    }
  }
  return latest;
}
