import { maxAttempts } from '../../domain/job/webhook.ts';
import { type BenchCloud, startBenchCloud } from '../meters/bench-cloud.ts';
import { settledUsage } from '../meters/order-counts.ts';
import { median } from '../meters/percentile.ts';
import { sideBySide } from '../meters/side-by-side.ts';
import { until } from '../meters/until.ts';
import type { Growth } from './growth.ts';

/** A host that no resolver knows (RFC 6761). */
const callbackUrl = 'https://receiver.invalid/hook';

/** Orders whose webhook has a receiver that fails at every attempt. */
export async function growWithFailingReceivers(quick: boolean): Promise<Growth> {
  // A day of retries becomes nine seconds.
  const cloud = await startBenchCloud(['--time-scale', '0.0001']);
  try {
    await cloud.submit();
    await cloud.drained();
    const rows: Record<string, number>[] = [];
    for (const orders of quick ? [0, 5] : [0, 10, 50, 100, 200]) {
      await cloud.resetUsage();
      await sideBySide(orders, 8, () => cloud.submit({ callbackUrl }));
      const accepts: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        const begun = performance.now();
        await cloud.submit();
        accepts.push(performance.now() - begun);
      }
      await cloud.drained();
      await until('all webhooks are given up', async () => (await givenUp(cloud)) >= orders, {
        everyMs: 500,
      });
      const usage = await settledUsage(cloud);
      const { invocations = 0 } = functionOf(usage.functions, 'Deliver') ?? {};
      rows.push({
        'failing receivers': orders,
        deliveries: invocations,
        'queue requests': usage.messages.queue,
        'accept beside them (ms)': Math.round(median(accepts)),
      });
    }
    return {
      name: 'receivers',
      title: 'Webhook receivers that fail',
      of: 'failing receivers',
      charted: ['deliveries', 'queue requests', 'accept beside them (ms)'],
      rows,
      because:
        'linear: each webhook is tried ten times in a day and then set aside. Orders are not affected, because deliveries ' +
        'have queues and a concurrency of their own.',
    };
  } finally {
    await cloud.stop();
  }
}

/** Messages that deliveries have set aside since the last reset. */
async function givenUp(cloud: BenchCloud): Promise<number> {
  const { callers } = await cloud.usage();
  const calls = Object.entries(callers).find(([role]) => /WebhooksDeliver/.test(role))?.[1];
  // Nine retries and the dead letter.
  return (calls?.['sqs:SendMessage'] ?? 0) / maxAttempts;
}

const functionOf = <Found>(functions: Readonly<Record<string, Found>>, name: string): Found | undefined =>
  Object.entries(functions).find(([path]) => path.includes(name))?.[1];
