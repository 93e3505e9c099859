import { startBenchCloud } from '../meters/bench-cloud.ts';
import { countsOf, settledUsage } from '../meters/order-counts.ts';
import type { Growth } from './growth.ts';

/** Attempts at the payment that fail. */
export async function growWithRetries(quick: boolean): Promise<Growth> {
  // The pauses become short, and bookkeeping's window with them: it takes part in what is counted.
  const cloud = await startBenchCloud(['--time-scale', '0.001']);
  try {
    await cloud.submit();
    await cloud.drained();
    const rows: Record<string, number>[] = [];
    for (const retries of quick ? [0, 1, 2] : [0, 1, 2, 5, 10, 20]) {
      await cloud.clearFaults();
      await cloud.resetUsage();
      if (retries > 0)
        await cloud.inject({ target: 'lambda:payment', effect: 'crash-after', times: retries });
      await cloud.submit();
      await cloud.drained();
      const { transitions, calls, writeUnits, usdPerMillion } = countsOf(await settledUsage(cloud));
      rows.push({ 'failed attempts': retries, transitions, calls, writeUnits, usdPerMillion });
    }
    return {
      name: 'retries',
      title: 'Retries of one stage',
      of: 'failed attempts',
      charted: ['transitions', 'calls', 'writeUnits'],
      rows,
      because:
        'linear: each attempt is a state transition, an invocation and what the stage does until it fails. Here the attempt ' +
        'fails after the work, so it makes all its calls; a charge that was made is found and not made again.',
    };
  } finally {
    await cloud.stop();
  }
}
