import { type BenchCloud, startBenchCloud } from '../meters/bench-cloud.ts';
import { median } from '../meters/percentile.ts';
import { sideBySide } from '../meters/side-by-side.ts';
import { until } from '../meters/until.ts';
import type { Growth } from './growth.ts';

/** A host that no resolver knows (RFC 6761). */
const callbackUrl = 'https://receiver.invalid/hook';

/** Orders whose webhook has a receiver that fails at every attempt. */
export async function growWithFailingReceivers(quick: boolean): Promise<Growth> {
  // A day of retries becomes 45 seconds.
  const cloud = await startBenchCloud(['--time-scale', '0.0005']);
  try {
    await cloud.submit();
    await cloud.drained();
    const rows: Record<string, number>[] = [];
    for (const orders of quick ? [0, 5] : [0, 10, 50, 200]) {
      await cloud.resetUsage();
      await sideBySide(orders, 8, () => cloud.submit({ callbackUrl }));
      const accepts: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        const begun = performance.now();
        await cloud.submit();
        accepts.push(performance.now() - begun);
      }
      await cloud.drained();
      await until(
        'all webhooks are given up',
        async () => (await deliverCalls(cloud, 'sqs:SendMessage')) >= orders,
        {
          everyMs: 500,
        },
      );
      rows.push({
        'failing receivers': orders,
        'batches of retries': await deliverCalls(cloud, 'sqs:SendMessageBatch'),
        'accept beside them (ms)': Math.round(median(accepts)),
      });
    }
    return {
      name: 'receivers',
      title: 'Webhook receivers that fail',
      of: 'failing receivers',
      charted: ['batches of retries', 'accept beside them (ms)'],
      rows,
      because:
        'at most linear: each webhook is tried ten times in a day and then set aside. It travels a hundred times, because SQS ' +
        'delays a message for 15 minutes at most, but with others in batches. Orders are not affected, because deliveries ' +
        'have queues and a concurrency of their own.',
    };
  } finally {
    await cloud.stop();
  }
}

/**
 * Calls of the function that delivers: it sends what is to be retried in batches, and what it gave up one by one.
 */
async function deliverCalls(cloud: BenchCloud, operation: string): Promise<number> {
  const { callers } = await cloud.usage();
  const ofDeliver = Object.entries(callers).find(([role]) => /WebhooksDeliver/.test(role));
  return ofDeliver?.[1][operation] ?? 0;
}
