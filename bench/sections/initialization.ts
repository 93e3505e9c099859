import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FunctionName, functions } from '../../lambdas/runtime/environment.ts';
import { bundleOf } from '../../lib/bundles.ts';
import type { Section } from '../report/section.ts';

interface Load {
  /** Milliseconds from the start of the process until it has loaded the file. */
  readonly ms: number;
  /** Milliseconds of CPU until then, of all threads. */
  readonly cpuMs: number;
}

/** The functions of the headlines: those that a client waits for. */
const onTheWay: readonly FunctionName[] = ['api/accept', 'api/status'];

/**
 * How long each function takes from the start of its process until its handler is loaded, and what CPU that takes, as
 * multiples of an empty handler. The fastest run counts, and the runs of all functions alternate, so that whatever else
 * the machine does meets all.
 */
export async function initialize(quick: boolean): Promise<Section> {
  // Some value for each variable, so that the handlers load.
  await import('../../test/support/environment.ts');
  const names = Object.keys(functions) as FunctionName[];
  const files = new Map<string, string>(names.map((name) => [name, path.join(bundleOf(name), 'index.js')]));
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-empty-'));
  const empty = path.join(folder, 'index.js');
  writeFileSync(empty, 'exports.handler = async () => {};');
  files.set('empty handler', empty);

  const fastest = fastestLoads(files, quick ? 2 : 10);
  const { ms: emptyMs, cpuMs: emptyCpuMs } = fastest.get('empty handler') as Load;
  const rows = [...files].map(([name, file]) => {
    const { ms, cpuMs } = fastest.get(name) as Load;
    return {
      function: name,
      KB: Math.ceil(statSync(file).size / 1024),
      ms: Math.round(ms),
      'times an empty handler': ratio(ms, emptyMs),
      'CPU (ms)': Math.round(cpuMs),
      'CPU, times an empty handler': ratio(cpuMs, emptyCpuMs),
    };
  });
  rmSync(folder, { recursive: true });
  return {
    title: 'Initialization',
    text: 'From the start of a process of Node.js until a function is loaded, beside an empty handler.',
    tables: [{ title: 'Loading', rows }],
    charts: [],
    headlines: onTheWay.map((wanted) => ({
      figure: `initialization of ${wanted}, times an empty handler`,
      value: rows.find(({ function: name }) => name === wanted)?.['times an empty handler'] ?? 0,
      beside: 'target 3.2',
    })),
  };
}

function fastestLoads(files: ReadonlyMap<string, string>, runs: number): Map<string, Load> {
  const fastest = new Map<string, Load>();
  for (let run = 0; run < runs; run += 1) {
    for (const [name, file] of files) {
      const { ms, cpuMs } = load(file);
      const best = fastest.get(name) ?? { ms, cpuMs };
      fastest.set(name, { ms: Math.min(best.ms, ms), cpuMs: Math.min(best.cpuMs, cpuMs) });
    }
  }
  return fastest;
}

/** Loads a file in a process of its own, which measures itself. */
function load(file: string): Load {
  const measure =
    '{ ms: performance.now(), cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000 }';
  const script = `require(${JSON.stringify(file)}); console.log(JSON.stringify(${measure})); process.exit()`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} did not load: ${stderr}`);
  return JSON.parse(stdout);
}

function ratio(value: number, base: number): number {
  return Math.round((value / base) * 100) / 100;
}
