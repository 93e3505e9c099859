import { AbortedError } from './errors.ts';
import type { Platform } from './platform.ts';

/**
 * Calls `end` once: with an AbortedError as soon as one of the signals is aborted, with nothing after `ms` milliseconds.
 *
 * @returns a function that cancels it
 */
export function ending(
  platform: Platform,
  signals: readonly (AbortSignal | undefined)[],
  ms: number | undefined,
  end: (aborted?: AbortedError) => void,
): () => void {
  const abort = () => {
    const signal = signals.find((signal) => signal?.aborted);
    if (signal) finish(new AbortedError('Operation aborted', signal.reason));
  };
  const finish = (aborted?: AbortedError) => {
    cancel();
    end(aborted);
  };
  const cancelTimer = ms === undefined ? undefined : platform.after(ms, () => finish());
  const cancel = () => {
    cancelTimer?.();
    for (const signal of signals) signal?.removeEventListener('abort', abort);
  };
  for (const signal of signals) signal?.addEventListener('abort', abort);
  abort();
  return cancel;
}
