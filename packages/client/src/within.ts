import { ending } from './ending.ts';
import type { OrdersError } from './errors.ts';
import type { Platform } from './platform.ts';

/**
 * Waits for something, but not longer than `ms` milliseconds, and not after the signal is aborted.
 *
 * @param start is not called if the signal is aborted already
 * @param late why the wait fails when the time is over; without it, the wait succeeds then
 * @throws AbortedError when the signal is aborted
 */
export const within = <T = void>(
  platform: Platform,
  signal: AbortSignal | undefined,
  ms: number,
  start?: () => Promise<T>,
  late?: OrdersError,
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const cancel = ending(platform, [signal], ms, (error = late as never) =>
      error ? reject(error) : resolve(undefined as T),
    );
    if (!signal?.aborted) start?.().then(resolve, reject).finally(cancel);
  });
