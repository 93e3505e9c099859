import { backoff } from './backoff.ts';
import { AbortedError, TimedOutError, UnreachableError } from './errors.ts';
import { type Http, isTransient } from './http.ts';
import type { Platform } from './platform.ts';
import type { AcceptedOrder, OrderRequest } from './protocol.ts';

/** How to submit an order. */
export interface SubmitOptions {
  /**
   * 1 to 255 printable ASCII characters. The same key and order never make a second job.
   * @default a random UUID
   */
  readonly idempotencyKey?: string | undefined;
  /** Ends the submission and, later, the watching. It does not end the job. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds within which the order must be accepted.
   * @default 60000
   */
  readonly timeout?: number | undefined;
}

/** The accepted order and the time until the first poll. */
export interface Submission {
  readonly accepted: AcceptedOrder;
  readonly retryAfterMs: number | undefined;
}

/**
 * Submits an order until the API accepts or refuses it. An answer may be lost after the order was accepted; the
 * idempotency key makes the repetition safe.
 */
export async function submit(
  order: OrderRequest,
  { idempotencyKey, signal, timeout = 60_000 }: SubmitOptions,
  http: Http,
  platform: Platform,
): Promise<Submission> {
  const headers = { 'idempotency-key': idempotencyKey ?? platform.newIdempotencyKey() };
  const deadline = platform.now() + timeout;
  for (let attempt = 0; ; attempt++) {
    try {
      const { body, retryAfterMs } = await http.send<AcceptedOrder>({
        method: 'POST',
        url: `${http.basePath}/orders`,
        headers,
        body: order,
        signal,
        limitMs: deadline - platform.now(),
      });
      if (!body?.jobId) throw new UnreachableError('The answer to the order names no job.');
      return { accepted: body, retryAfterMs };
    } catch (error) {
      if (!isTransient(error)) throw error;
      const retryAfterMs = (error as { retryAfterMs?: number }).retryAfterMs ?? 0;
      const pause = retryAfterMs + backoff(attempt, platform.random);
      if (platform.now() + pause >= deadline) throw new TimedOutError(error);
      await sleep(pause, signal, platform);
    }
  }
}

function sleep(ms: number, signal: AbortSignal | undefined, platform: Platform): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(new AbortedError(signal?.reason));
    };
    const cancel = platform.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
