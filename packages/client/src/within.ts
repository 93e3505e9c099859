import { AbortedError } from './errors.ts';
import type { Platform } from './platform.ts';

/**
 * Waits for something, but not longer than `ms` milliseconds, and not after the signal is aborted.
 *
 * @param start is not called if the signal is aborted already
 * @param late settles the wait when the time is over
 * @throws AbortedError when the signal is aborted
 */
export function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  platform: Platform,
  start: (() => Promise<T>) | undefined,
  late: () => T,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(new AbortedError('Operation aborted', signal?.reason));
    };
    const cancelTimer = platform.after(ms, () => {
      cancel();
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    const cancel = () => {
      cancelTimer();
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else start?.().then(resolve, reject).finally(cancel);
  });
}
