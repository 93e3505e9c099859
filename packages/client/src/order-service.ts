import { TimedOutError } from './errors.ts';
import { createHttp, type Http, isTransient } from './http.ts';
import { type OrderResult, resultOf } from './order-handle.ts';
import type { OrdersOptions } from './orders-client.ts';
import { type Platform, platform } from './platform.ts';
import type { OrderRequest, StatusDocument } from './protocol.ts';
import { submit } from './submit.ts';
import { isTerminal } from './watch.ts';

/** How often and how long to poll. */
export interface PollOptions {
  /** @default 60 */
  readonly maxAttempts?: number;
  /**
   * Milliseconds between two attempts.
   * @default 2000
   */
  readonly interval?: number;
}

/** Submits, then polls at a steady pace: the plain pattern. {@link createOrdersClient} does more. */
export class OrderService {
  readonly #http: Http;
  readonly #platform: Platform;

  constructor(options: OrdersOptions) {
    this.#platform = platform(options);
    this.#http = createHttp(options, this.#platform);
  }

  /**
   * Submits an order and waits for its result.
   *
   * @throws OrderRefusedError when the order is refused
   * @throws the errors of {@link pollJobStatus}
   */
  async createOrder(order: OrderRequest, options?: PollOptions): Promise<OrderResult> {
    const { accepted } = await submit(order, {}, this.#http, this.#platform);
    return this.pollJobStatus(accepted.jobId, options);
  }

  /**
   * Reads the status every `interval` until the job has ended.
   *
   * @throws JobFailedError when the job failed
   * @throws JobCancelledError when it was cancelled
   * @throws TimedOutError, with the message 'Operation timed out', after `maxAttempts`
   * @throws OrderRefusedError when the API refuses to show the status
   */
  async pollJobStatus(
    jobId: string,
    { maxAttempts = 60, interval = 2000 }: PollOptions = {},
  ): Promise<OrderResult> {
    const url = `${this.#http.basePath}/orders/status/${encodeURIComponent(jobId)}`;
    let lost: unknown;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (attempt > 0) await new Promise<void>((resolve) => this.#platform.after(interval, resolve));
      try {
        const { body } = await this.#http.send<StatusDocument>({ url });
        if (body && isTerminal(body)) return resultOf(body);
        lost = undefined;
      } catch (error) {
        if (!isTransient(error)) throw error;
        lost = error;
      }
    }
    throw new TimedOutError(lost);
  }
}
