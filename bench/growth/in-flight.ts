import { startBenchCloud } from '../meters/bench-cloud.ts';
import { median } from '../meters/percentile.ts';
import { processUse } from '../meters/processes.ts';
import { sideBySide } from '../meters/side-by-side.ts';
import { until } from '../meters/until.ts';
import type { Growth } from './growth.ts';

/** Orders that wait for the retry of their payment, while others come and go. */
export async function growWithOrdersInFlight(quick: boolean): Promise<Growth> {
  // A pause of a second becomes a quarter of an hour: the orders stay in flight.
  const cloud = await startBenchCloud(['--time-scale', '1000']);
  try {
    await cloud.submit();
    const rows: Record<string, number>[] = [];
    let inFlight = 0;
    for (const level of quick ? [10, 30] : [10, 100, 1_000, 10_000]) {
      await sideBySide(level - inFlight, 16, () => cloud.submit({ payment: { token: 'tok_flaky' } }));
      inFlight = level;
      rows.push({ 'orders in flight': level, ...(await probe(cloud)) });
    }
    return {
      name: 'in-flight',
      title: 'Orders in flight',
      of: 'orders in flight',
      charted: ['accept (ms)', 'status (ms)', 'order (ms)', 'memory (MB)'],
      rows,
      because:
        'accept, status and the duration of an order are constant, because each reads and writes items by their keys and no ' +
        'function looks at another order. On AWS an order that waits holds no compute; here each execution holds some memory.',
    };
  } finally {
    await cloud.kill();
  }
}

type Cloud = Awaited<ReturnType<typeof startBenchCloud>>;

async function probe(cloud: Cloud) {
  const [accepts, statuses, orders]: [number[], number[], number[]] = [[], [], []];
  for (let n = 0; n < 20; n += 1) {
    const begun = performance.now();
    const { jobId } = await cloud.submit();
    accepts.push(performance.now() - begun);
    const isCompleted = async () => {
      const asked = performance.now();
      const { status } = await cloud.get<{ status: string }>(`/api/orders/status/${jobId}`);
      statuses.push(performance.now() - asked);
      return status === 'completed';
    };
    await until('the order is completed', isCompleted, { everyMs: 5 });
    orders.push(performance.now() - begun);
  }
  return {
    'accept (ms)': Math.round(median(accepts)),
    'status (ms)': Math.round(median(statuses)),
    'order (ms)': Math.round(median(orders)),
    'memory (MB)': processUse([cloud.pid]).memoryMb,
  };
}
