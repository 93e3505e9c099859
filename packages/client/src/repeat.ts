import { backoff } from './backoff.ts';
import { isTransient } from './http.ts';
import type { Platform } from './platform.ts';
import { within } from './within.ts';

/**
 * Repeats a request until the API answers it or refuses it for good.
 *
 * @param timeout milliseconds within which an answer must arrive
 * @param attempt gets the milliseconds that are left
 * @throws the last error when the time is over
 */
export async function repeat<T>(
  timeout: number,
  signal: AbortSignal | undefined,
  platform: Platform,
  attempt: (limitMs: number) => Promise<T>,
): Promise<T> {
  const deadline = platform.now() + timeout;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt(deadline - platform.now());
    } catch (error) {
      const { retryAfterMs = 0 } = error as { readonly retryAfterMs?: number };
      const pause = retryAfterMs + backoff(failures, platform.random);
      if (!isTransient(error) || platform.now() + pause >= deadline) throw error;
      await within<void>(pause, signal, platform, undefined, () => {});
    }
  }
}
