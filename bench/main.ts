/**
 * `npm run bench -- [--quick] [--only counts,speed,…]`: measures everything that `docs/performance.md` claims, prints one
 * table, and writes all tables and charts to `bench/results/`. Needs a quiet machine; `--quick` shows only that it runs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { drawChart } from './report/chart.ts';
import { markdown } from './report/markdown.ts';
import type { Section } from './report/section.ts';
import { countOrders } from './sections/counts.ts';
import { flood } from './sections/flood.ts';
import { grow } from './sections/growth.ts';
import { initialize } from './sections/initialization.ts';
import { compareWithNaive } from './sections/naive.ts';
import { comparePeers } from './sections/peers.ts';
import { requests } from './sections/requests.ts';
import { start } from './sections/start.ts';

const sections: Readonly<Record<string, (quick: boolean) => Promise<Section>>> = {
  counts: countOrders,
  initialization: initialize,
  requests,
  start,
  naive: compareWithNaive,
  peers: comparePeers,
  flood,
  growth: grow,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(sections).join(',') },
    /** Folder of the results. A part of a run belongs elsewhere than a whole one. */
    out: { type: 'string' },
  },
});
const isWhole = !values.quick && values.only === Object.keys(sections).join(',');
const out = values.out ?? path.join(import.meta.dirname, isWhole ? 'results' : '../dist/bench');

const found: Record<string, Section> = {};
for (const name of values.only.split(',')) {
  const run = sections[name];
  if (!run) throw new Error(`--only names ${name}; allowed: ${Object.keys(sections).join(', ')}`);
  const begun = performance.now();
  found[name] = await run(values.quick);
  console.log(`${name}: ${Math.round((performance.now() - begun) / 1000)} s`);
}

const [cpu] = cpus();
const machine =
  `${cpus().length} processors (${cpu?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, ` +
  `Node.js ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}.`;
const all = Object.values(found);
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, 'results.json'), `${JSON.stringify({ machine, ...found }, null, 2)}\n`);
writeFileSync(path.join(out, 'results.md'), markdown(all, machine));
for (const chart of all.flatMap(({ charts }) => charts))
  writeFileSync(path.join(out, `${chart.name}.svg`), drawChart(chart));
console.table(all.flatMap(({ headlines }) => headlines));
console.log(`Tables and charts: ${path.relative(process.cwd(), out)}`);
