/**
 * `node bench/init.ts [--runs 20]`: how long each function takes from the start of its process until its handler is loaded,
 * and what CPU that takes, as multiples of an empty handler. The fastest run counts, and the runs of all functions
 * alternate, so that whatever else the machine does meets all.
 */
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type FunctionName, functions } from '../lambdas/runtime/environment.ts';
import { bundleOf } from '../lib/bundles.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' } } });
// Some value for each variable, so that the handlers load.
await import('../test/support/environment.ts');

const names = Object.keys(functions) as FunctionName[];
const files = new Map(names.map((name) => [name as string, path.join(bundleOf(name), 'index.js')]));
const empty = path.join(bundleOf('api/accept'), '../empty.js');
writeFileSync(empty, 'exports.handler = async () => {};');
files.set('empty handler', empty);

interface Load {
  /** Milliseconds from the start of the process until it has loaded the file. */
  readonly ms: number;
  /** Milliseconds of CPU until then, of all threads. */
  readonly cpuMs: number;
}

const fastest = new Map<string, Load>();
for (let run = 0; run < Number(values.runs); run++) {
  for (const [name, file] of files) {
    const { ms, cpuMs } = load(file);
    const best = fastest.get(name) ?? { ms, cpuMs };
    fastest.set(name, { ms: Math.min(best.ms, ms), cpuMs: Math.min(best.cpuMs, cpuMs) });
  }
}

const { ms: emptyMs, cpuMs: emptyCpuMs } = fastest.get('empty handler') as Load;
console.table(
  Object.fromEntries(
    [...files].map(([name, file]) => {
      const { ms, cpuMs } = fastest.get(name) as Load;
      const KB = Math.round(statSync(file).size / 1024);
      const [time, cpu] = [ratio(ms, emptyMs), ratio(cpuMs, emptyCpuMs)];
      return [name, { KB, ms: Math.round(ms), time, 'CPU ms': Math.round(cpuMs), CPU: cpu }];
    }),
  ),
);

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
