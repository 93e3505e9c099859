import type { UsageReport } from '../../packages/local-cloud/src/usage/usage.ts';
import { connect, subscription } from '../../test/e2e/support/watcher.ts';
import type { BenchCloud } from './bench-cloud.ts';
import { median } from './percentile.ts';
import { sum } from './sum.ts';
import { until } from './until.ts';

/** What one order makes AWS count. The price is that of all but the functions' time and mail. */
export interface OrderCounts {
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly transitions: number;
  readonly invocations: number;
  readonly pushes: number;
  readonly usdPerMillion: number;
}

/** The order of the counts in tables. */
export const countNames = [
  'calls',
  'writeUnits',
  'readUnits',
  'transitions',
  'invocations',
  'pushes',
  'usdPerMillion',
] as const satisfies readonly (keyof OrderCounts)[];

/**
 * Counts one order after another and takes the median of each figure, because now and then a sandbox reads the learned
 * durations again. Needs a cloud whose batching windows do not end meanwhile (`--time-scale 100`): bookkeeping is shared by
 * up to 500 orders.
 */
export async function medianCounts(
  cloud: BenchCloud,
  orders: number,
  place: (cloud: BenchCloud) => Promise<boolean>,
): Promise<OrderCounts> {
  const counted: OrderCounts[] = [];
  for (let tries = 0; counted.length < orders; tries += 1) {
    if (tries === orders + 5) throw new Error('The machine is too busy: each client subscribed too late.');
    await cloud.resetUsage();
    if (await place(cloud)) counted.push(countsOf(await settledUsage(cloud)));
  }
  const ofEach = countNames.map((name) => [name, median(counted.map((counts) => counts[name]))]);
  return Object.fromEntries(ofEach) as unknown as OrderCounts;
}

/** A happy order that nobody watches or asks about. */
export async function placeUnwatched(cloud: BenchCloud): Promise<true> {
  await cloud.submit();
  await cloud.drained();
  return true;
}

/**
 * A happy order that one client watches. Its payment takes three seconds, in which the client subscribes: so it is told as
 * much on any machine.
 *
 * @returns false if the client came too late
 */
export async function placeWatched(cloud: BenchCloud): Promise<boolean> {
  const { updatesUrl } = await cloud.submit({ payment: { token: 'tok_slow' } });
  await until('the payment begins', async () => {
    const { functions } = await cloud.usage();
    return Object.keys(functions).some((ended) => /validation/i.test(ended));
  });
  const watcher = await connect(updatesUrl);
  watcher.send(subscription(updatesUrl));
  await watcher.message(({ type }) => type === 'complete');
  const [first] = watcher.messages;
  await watcher.close();
  await cloud.drained();
  return first !== undefined && 'job' in first && first.job.stage === 'payment';
}

/** What was counted, without the calls that the benchmark made itself. */
export function countsOf({ callers, units, functions, transitions, price }: UsageReport): OrderCounts {
  const made = Object.entries(callers).filter(([role]) => role !== 'operator');
  const calls = made.flatMap(([, counts]) => Object.entries(counts));
  const billed = price.filter(({ item }) => !/^(?:Lambda GB-second|SES e-mail)/.test(item));
  return {
    calls: sum(calls.map(([, count]) => count)),
    writeUnits: sum(Object.values(units).map(({ write }) => write)),
    readUnits: sum(Object.values(units).map(({ read }) => read)),
    transitions: sum(Object.values(transitions).flatMap((states) => Object.values(states))),
    invocations: sum(Object.values(functions).map(({ invocations }) => invocations)),
    pushes: sum(calls.filter(([call]) => call === 'execute-api:PostToConnection').map(([, count]) => count)),
    usdPerMillion: Math.round(sum(billed.map(({ usd }) => usd)) * 1e8) / 100,
  };
}

/** The usage once it stays the same: the answer of a call is sent before the call is counted. */
export async function settledUsage(cloud: BenchCloud): Promise<UsageReport> {
  let before = await cloud.usage();
  await until(
    'the counts stay the same',
    async () => {
      const now = await cloud.usage();
      const same = fingerprint(now) === fingerprint(before);
      before = now;
      return same;
    },
    { everyMs: 150 },
  );
  return before;
}

const fingerprint = (usage: UsageReport) =>
  JSON.stringify(countsOf({ ...usage, callers: { ...usage.callers, operator: {} } }));
