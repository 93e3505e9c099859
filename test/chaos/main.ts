/**
 * `npm run chaos -- --orders 500 --seed 7`: every order that got a 202 ends, whatever crashes; none is processed twice
 * and no card charged twice. Several seeds run side by side, each against a cloud of its own.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '500' },
    seed: { type: 'string', multiple: true },
    /** KEY=VALUE for the stack: workflow=express-first. */
    context: { type: 'string', multiple: true, default: [] },
    /** Orders that run into an outage longer than their retries; it adds minutes. */
    stranded: { type: 'string', default: '8' },
  },
});
const seeds = values.seed ?? [String(Date.now() % 100_000)];
// Every cloud of the run has it, as those of the end-to-end suites.
Object.assign(process.env, { E2E_CONTEXT: values.context.join('\n') });
const numbers = [values.orders, values.stranded, ...seeds];
const wrong = numbers.find((text) => !/^\d+$/.test(text));
if (wrong !== undefined) {
  console.error(`--orders, --stranded and --seed take whole numbers; one of them got '${wrong}'.`);
  process.exit(1);
}

const kept = await Promise.all(seeds.map((seed) => run(Number(seed))));
console.log(kept.every(Boolean) ? 'Every promise was kept.' : 'Promises were broken: see above.');
process.exit(kept.every(Boolean) ? 0 : 1);

async function run(seed: number): Promise<boolean> {
  const say = (text: string) => console.log(`[seed ${seed}] ${text}`);
  try {
    return await runChaos({ seed, orders: Number(values.orders), stranded: Number(values.stranded) }, say);
  } catch (error) {
    // The other seeds go on.
    say(`broken off: ${(error as Error).stack}`);
    return false;
  }
}
