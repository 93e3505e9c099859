import { annotated, UsageError } from './errors.ts';
import { type ApiRequest, type Http, isTransient } from './http.ts';
import type { AcceptedOrder, OrderRequest } from './protocol.ts';
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
 * idempotency key makes the repetition safe, and every error carries it.
 *
 * @throws TimedOutError with the last failure as its cause
 */
export async function submit(
  order: OrderRequest,
  idempotencyKey: string,
  { signal, timeout = 60_000, onAttempt }: SubmitOptions,
  http: Http,
): Promise<AcceptedOrder> {
  try {
    if (!/^[ -~]{1,255}$/.test(idempotencyKey)) {
      throw new UsageError(
        `The idempotency key ${JSON.stringify(idempotencyKey)} must have 1 to 255 printable ASCII characters`,
      );
    }
    const request: ApiRequest<AcceptedOrder> = {
      method: 'POST',
      path: '/orders',
      headers: { 'idempotency-key': idempotencyKey, 'content-type': 'application/json' },
      body: jsonOf(order),
      is: ({ jobId, statusUrl }) => !!jobId && !!statusUrl,
      signal,
      timeout,
    };
    const answer = await http.repeat(request, (attempt) => onAttempt?.({ idempotencyKey, attempt }));
    return answer.body as AcceptedOrder;
  } catch (error) {
    throw annotated(isTransient(error) ? timedOut(error) : error, { idempotencyKey });
  }
}

function jsonOf(order: OrderRequest): string {
  try {
    return JSON.stringify(order);
  } catch (cause) {
    throw new UsageError(`The order is not JSON: ${cause}`, cause);
  }
}
