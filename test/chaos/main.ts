/**
 * `npm run chaos -- --orders 500 --seed 7`: every order that got a 202 ends, whatever crashes; none is processed twice
 * and no card charged twice. Several seeds run side by side, each against a cloud of its own.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Outcome, runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '500' },
    seed: { type: 'string', multiple: true },
    /** A seed for a stack whose orders begin in Express executions. */
    'express-seed': { type: 'string', multiple: true, default: [] },
    /** KEY=VALUE for the stack of each seed: workflow=express-first. */
    context: { type: 'string', multiple: true, default: [] },
    /** Orders that run into an outage longer than their retries; it adds minutes. */
    stranded: { type: 'string', default: '8' },
    /** File for the counts of the runs. */
    json: { type: 'string' },
  },
});
const expressSeeds = values['express-seed'];
const seeds = values.seed ?? (expressSeeds.length > 0 ? [] : [String(Date.now() % 100_000)]);
const numbers = [values.orders, values.stranded, ...seeds, ...expressSeeds];
const wrong = numbers.find((text) => !/^\d+$/.test(text));
if (wrong !== undefined) {
  console.error(
    `--orders, --stranded, --seed and --express-seed take whole numbers; one of them got '${wrong}'.`,
  );
  process.exit(1);
}

const outcomes = await Promise.all([
  ...seeds.map((seed) => run(Number(seed), values.context)),
  ...expressSeeds.map((seed) => run(Number(seed), [...values.context, 'workflow=express-first'])),
]);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify(
      outcomes.filter((outcome) => outcome !== undefined),
      null,
      2,
    )}\n`,
  );
const isKept = outcomes.every((outcome) => outcome?.isKept);
console.log(isKept ? 'Every promise was kept.' : 'Promises were broken: see above.');
process.exit(isKept ? 0 : 1);

/** @returns the counts of a run; undefined if it was broken off */
async function run(seed: number, context: readonly string[]) {
  const say = (text: string) => console.log(`[seed ${[seed, ...context].join(', ')}] ${text}`);
  try {
    const [orders, stranded] = [Number(values.orders), Number(values.stranded)];
    return countsOf({ seed, context }, await runChaos({ seed, orders, stranded, context }, say));
  } catch (error) {
    // The other seeds go on.
    say(`broken off: ${(error as Error).stack}`);
    return undefined;
  }
}

function countsOf(of: object, { findings, ...outcome }: Outcome) {
  const counts = findings.map(({ found, ...finding }) => ({ ...finding, count: found.length }));
  return { ...of, ...outcome, findings: counts };
}
