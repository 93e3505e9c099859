import { rmSync } from 'node:fs';
import path from 'node:path';
import { startBenchCloud } from '../meters/bench-cloud.ts';
import type { Section } from '../report/section.ts';

/** What `npm ci` and earlier runs have built. */
const built = path.join(import.meta.dirname, '../../node_modules/.cache/accepted');

/** How long `npm start` takes until it is ready, and its first order until it is accepted. */
export async function start(quick: boolean): Promise<Section> {
  rmSync(built, { recursive: true, force: true });
  const first = await measure();
  const next = await fastest(quick ? 1 : 5);
  const row = (name: string, { readyMs, acceptMs }: Measured) => ({
    start: name,
    'ready (ms)': readyMs,
    'first 202 (ms)': acceptMs,
  });
  return {
    title: 'Start',
    text: '`npm ci` bundles the functions and synthesizes the app; a start takes what was built, until a file changes. With nothing built, it does that first.',
    tables: [
      { title: 'Until it is ready', rows: [row('as `npm ci` leaves it', next), row('nothing built', first)] },
    ],
    charts: [],
    headlines: [
      { figure: 'start to ready (ms)', value: next.readyMs, beside: `with nothing built: ${first.readyMs}` },
    ],
  };
}

interface Measured {
  readonly readyMs: number;
  readonly acceptMs: number;
}

async function measure(): Promise<Measured> {
  const begun = performance.now();
  const cloud = await startBenchCloud(['--time-scale', '1']);
  const ready = performance.now();
  // The accept function is loaded as soon as the cloud is ready; a person takes longer to place an order.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const submitted = performance.now();
  await cloud.submit();
  const accepted = performance.now();
  await cloud.stop();
  return { readyMs: Math.round(ready - begun), acceptMs: Math.round(accepted - submitted) };
}

/** The fastest counts: whatever else the machine does only slows a start. */
async function fastest(runs: number): Promise<Measured> {
  let best = await measure();
  for (let run = 1; run < runs; run += 1) {
    const found = await measure();
    if (found.readyMs < best.readyMs) best = found;
  }
  return best;
}
