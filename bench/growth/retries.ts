import { startBenchCloud } from '../meters/bench-cloud.ts';
import { countsOf, settledUsage } from '../meters/order-counts.ts';
import type { Growth } from './growth.ts';

/** Attempts at the payment that fail. */
export async function growWithRetries(quick: boolean): Promise<Growth> {
  // The pauses of a minute become a second.
  const cloud = await startBenchCloud(['--time-scale', '0.02']);
  try {
    await cloud.submit();
    await cloud.drained();
    const rows: Record<string, number>[] = [];
    for (const retries of quick ? [0, 1, 2] : [0, 1, 2, 4, 8]) {
      await cloud.clearFaults();
      await cloud.resetUsage();
      if (retries > 0)
        await cloud.inject({ target: 'lambda:payment', effect: 'crash-after', times: retries });
      await cloud.submit();
      await cloud.drained();
      const usage = await settledUsage(cloud);
      // Queues and streams are asked more often too: that is not the order's.
      const ofOrder = Object.entries(usage.callers).filter(([role]) => /^(?:ApiAccept|Stages)/.test(role));
      const { transitions, calls } = countsOf({ ...usage, callers: Object.fromEntries(ofOrder) });
      const invocations = Object.entries(usage.functions)
        .filter(([path]) => /\/Stages\//.test(path))
        .reduce((sum, [, counts]) => sum + counts.invocations, 0);
      rows.push({ 'failed attempts': retries, transitions, 'stage invocations': invocations, calls });
    }
    return {
      name: 'retries',
      title: 'Retries of one stage',
      of: 'failed attempts',
      charted: ['transitions', 'stage invocations', 'calls'],
      rows,
      because:
        'linear: each attempt is a state transition, an invocation and what the stage does until it fails. Here the attempt ' +
        'fails after the work, so it makes all its calls; a charge that was made is found and not made again.',
    };
  } finally {
    await cloud.stop();
  }
}
