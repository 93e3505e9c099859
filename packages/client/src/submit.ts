import { UsageError } from './errors.ts';
import { type ApiAnswer, type Http, isTransient } from './http.ts';
import type { Platform } from './platform.ts';
import type { AcceptedOrder, OrderRequest } from './protocol.ts';
import { repeat } from './repeat.ts';
import { timedOut } from './timed-out.ts';

/** One attempt to submit an order. */
export interface Attempt {
  /** Keep it until the order is accepted or refused: submitting again with it never makes a second job. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
}

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
  /**
   * Is called before every attempt, so that the key can be kept before anything is sent. A promise is awaited. If it
   * fails, the order is not sent, and `createOrder` rejects with its error.
   */
  readonly onAttempt?: ((attempt: Attempt) => void | Promise<void>) | undefined;
}

/**
 * Submits an order until the API accepts or refuses it. An answer may be lost after the order was accepted; the
 * idempotency key makes the repetition safe.
 *
 * @throws TimedOutError with the last failure as its cause
 */
export async function submit(
  order: OrderRequest,
  idempotencyKey: string,
  { signal, timeout = 60_000, onAttempt }: SubmitOptions,
  http: Http,
  platform: Platform,
): Promise<ApiAnswer<AcceptedOrder> & { readonly body: AcceptedOrder }> {
  if (!/^[ -~]{1,255}$/.test(idempotencyKey)) {
    throw new UsageError(
      `The idempotency key ${JSON.stringify(idempotencyKey)} must have 1 to 255 printable ASCII characters.`,
    );
  }
  let attempt = 0;
  try {
    return (await repeat(timeout, signal, platform, async (limitMs) => {
      await onAttempt?.({ idempotencyKey, attempt: ++attempt });
      return http.send<AcceptedOrder>({
        method: 'POST',
        url: `${http.basePath}/orders`,
        headers: { 'idempotency-key': idempotencyKey },
        body: order,
        is: ({ jobId, statusUrl }) => !!jobId && !!statusUrl,
        signal,
        limitMs,
      });
    })) as ApiAnswer<AcceptedOrder> & { readonly body: AcceptedOrder };
  } catch (error) {
    throw isTransient(error) ? timedOut(error) : error;
  }
}
