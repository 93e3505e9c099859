import { annotated } from './errors.ts';
import { type ApiOptions, createHttp, type Http, isTransient } from './http.ts';
import { isTerminal } from './is-terminal.ts';
import { type Platform, type PlatformOptions, platform } from './platform.ts';
import type { OrderRequest, StatusDocument } from './protocol.ts';
import { type OrderResult, resultOf } from './result-of.ts';
import { statusRequest } from './status-request.ts';
import { type SubmitOptions, submit } from './submit.ts';
import { timedOut } from './timed-out.ts';

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

  constructor(options: ApiOptions & Pick<PlatformOptions, 'fetch'>) {
    this.#platform = platform(options);
    this.#http = createHttp(options, this.#platform);
  }

  /**
   * Submits an order and waits for its result. Every error carries the `idempotencyKey`, and the `jobId` once the order
   * is accepted.
   *
   * @throws OrderRefusedError when the order is refused
   * @throws the errors of {@link pollJobStatus}
   */
  async createOrder(
    order: OrderRequest,
    options: PollOptions & Pick<SubmitOptions, 'idempotencyKey' | 'onAttempt'> = {},
  ): Promise<OrderResult> {
    const idempotencyKey = options.idempotencyKey ?? this.#platform.newIdempotencyKey();
    try {
      const { jobId } = await submit(order, idempotencyKey, options, this.#http);
      return await this.pollJobStatus(jobId, options);
    } catch (error) {
      throw annotated(error, { idempotencyKey });
    }
  }

  /**
   * Reads the status every `interval` until the job has ended.
   *
   * @throws JobFailedError when the job failed
   * @throws JobCancelledError when it was cancelled
   * @throws TimedOutError, with the message 'Operation timed out', the `jobId` and the last status, after `maxAttempts`
   * @throws OrderRefusedError when the API refuses to show the status
   */
  async pollJobStatus(
    jobId: string,
    { maxAttempts = 60, interval = 2000 }: PollOptions = {},
  ): Promise<OrderResult> {
    const request = statusRequest(jobId);
    let lost: unknown;
    let job: StatusDocument | undefined;
    try {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        if (attempt > 0) await new Promise<void>((resolve) => this.#platform.after(interval, resolve));
        try {
          job = (await this.#http.send(request)).body;
          if (job && isTerminal(job)) return resultOf(job);
          lost = undefined;
        } catch (error) {
          if (!isTransient(error)) throw error;
          lost = error;
        }
      }
      throw timedOut(lost, job);
    } catch (error) {
      throw annotated(error, { jobId });
    }
  }
}
