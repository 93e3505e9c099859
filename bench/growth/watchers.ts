import { maxWatchers } from '../../domain/protocol/live-protocol.ts';
import { connect, subscription, type Watcher } from '../../test/e2e/support/watcher.ts';
import { startBenchCloud } from '../meters/bench-cloud.ts';
import { countsOf, settledUsage } from '../meters/order-counts.ts';
import { percentile } from '../meters/percentile.ts';
import type { Growth } from './growth.ts';

/** Clients that watch one order. */
export async function growWithWatchers(quick: boolean): Promise<Growth> {
  const cloud = await startBenchCloud(['--time-scale', '100']);
  try {
    await cloud.submit();
    await cloud.drained();
    const rows: Record<string, number>[] = [];
    for (const count of quick ? [1, 3] : [1, 5, 10, 15, 20, maxWatchers]) {
      await cloud.resetUsage();
      // Its payment takes three seconds, in which all subscribe.
      const { updatesUrl } = await cloud.submit({ payment: { token: 'tok_slow' } });
      const watchers = await Promise.all(Array.from({ length: count }, () => connect(updatesUrl)));
      const lags = (await Promise.all(watchers.map((watcher) => watch(watcher, updatesUrl)))).flat();
      await Promise.all(watchers.map((watcher) => watcher.close()));
      await cloud.drained();
      const { calls, pushes, writeUnits, usdPerMillion } = countsOf(await settledUsage(cloud));
      const lag = Math.round(percentile(lags, 0.5));
      rows.push({ watchers: count, pushes, calls, writeUnits, usdPerMillion, 'push lag p50 (ms)': lag });
    }
    return {
      name: 'watchers',
      title: 'Watchers of one order',
      of: 'watchers',
      charted: ['pushes', 'calls', 'writeUnits', 'push lag p50 (ms)'],
      rows,
      because:
        'pushes and subscriptions are linear, because each connection is a call of its own on AWS. Invocations of push are ' +
        'constant: one invocation tells all watchers of a change. The list of watchers makes the item larger, so its writes ' +
        'may take a unit more.',
    };
  } finally {
    await cloud.stop();
  }
}

/** @returns how long after the change each message came, in milliseconds, but for the answer to the subscription */
async function watch(watcher: Watcher, updatesUrl: string): Promise<number[]> {
  const lags: number[] = [];
  watcher.onMessage((message) => {
    if ('job' in message) lags.push(Date.now() - Date.parse(message.job.updatedAt));
  });
  watcher.send(subscription(updatesUrl));
  await watcher.message(({ type }) => type === 'complete');
  return lags.slice(1);
}
