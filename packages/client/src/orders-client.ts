import { type ApiOptions, createHttp } from './http.ts';
import { createOrderHandle, type OrderHandle, type RequestOptions } from './order-handle.ts';
import { type Platform, type PlatformOptions, platform } from './platform.ts';
import type { JobPage, JobStatus, OrderDocument, OrderRequest, StatusDocument } from './protocol.ts';
import { type SubmitOptions, submit } from './submit.ts';
import { createWatch } from './watch.ts';

/** Address of the API, credentials, and replacements for parts of the platform. */
export interface OrdersOptions extends ApiOptions, PlatformOptions {}

/** How to watch a job. */
export interface ObserveOptions {
  /** Ends the watching. It does not end the job. */
  readonly signal?: AbortSignal | undefined;
  /** Receives every newer version. Errors go to the callers of `handle.result()`. */
  readonly onUpdate?: ((job: StatusDocument) => void) | undefined;
}

/** A job: its id, the answer to its acceptance, or a handle stored as JSON. */
export type WatchTarget =
  | string
  | {
      readonly jobId: string;
      readonly statusUrl?: string | undefined;
      readonly updatesUrl?: string | undefined;
    }
  | { readonly jobId?: undefined; readonly statusUrl: string; readonly updatesUrl?: string | undefined };

/** Which of the caller's jobs to list. */
export interface HistoryOptions extends RequestOptions {
  /** Only jobs in this status. */
  readonly status?: JobStatus | undefined;
  /**
   * 1 to 100.
   * @default 20
   */
  readonly limit?: number | undefined;
  /** `nextCursor` of the previous page. */
  readonly cursor?: string | undefined;
}

/** The orders API. */
export interface OrdersClient {
  /**
   * Submits an order, and repeats the request until an answer arrives. Repetitions never create a second job.
   *
   * @returns the handle of the accepted job
   * @throws OrderRefusedError when the order is refused
   * @throws TimedOutError when no answer arrived within `timeout`; the order may still be accepted, so retry only with
   * the same idempotency key
   * @throws AbortedError when the signal is aborted
   */
  createOrder(order: OrderRequest, options?: SubmitOptions & ObserveOptions): Promise<OrderHandle>;
  /** Watches a job that was accepted before, for example after a reload. */
  watch(job: WatchTarget, options?: ObserveOptions): OrderHandle;
  /**
   * Reads a created order.
   *
   * @throws OrderRefusedError, UnreachableError, AbortedError
   */
  order(orderId: string, options?: RequestOptions): Promise<OrderDocument>;
  /**
   * Lists the caller's jobs, newest first.
   *
   * @throws OrderRefusedError, UnreachableError, AbortedError
   */
  history(options?: HistoryOptions): Promise<JobPage>;
}

/**
 * A client of the orders API.
 *
 * @example
 * ```ts
 * const orders = createOrdersClient({ baseUrl: 'https://api.example.com/api', token });
 * const handle = await orders.createOrder(order);
 * for await (const { stage, progress } of handle) console.log(stage, progress);
 * const { orderId } = await handle.result();
 * ```
 */
export const createOrdersClient = (options: OrdersOptions): OrdersClient =>
  ordersClientOn(platform(options), options);

/** Creates the client on a given platform. */
export function ordersClientOn(platform: Platform, options: ApiOptions): OrdersClient {
  const http = createHttp(options, platform);

  function observe(target: WatchTarget, { signal, onUpdate }: ObserveOptions, firstPollMs = 0): OrderHandle {
    const job = jobOf(target, http.basePath);
    const watch = createWatch({ ...job, firstPollMs, signal }, http, platform);
    if (onUpdate) watch.listen({ next: (update) => tell(onUpdate, update), fail: () => {} });
    return createOrderHandle(job, watch, http, platform);
  }

  /** Rethrows an error of the application's callback outside the watch, so that it neither stops the watch nor vanishes. */
  function tell(onUpdate: (job: StatusDocument) => void, job: StatusDocument): void {
    try {
      onUpdate(job);
    } catch (error) {
      platform.after(0, () => {
        throw error;
      });
    }
  }

  return {
    async createOrder(order, options = {}) {
      const { accepted, retryAfterMs } = await submit(order, options, http, platform);
      return observe(accepted, options, retryAfterMs);
    },
    watch: (target, options = {}) => observe(target, options),
    async order(orderId, { signal } = {}) {
      const url = `${http.basePath}/orders/${encodeURIComponent(orderId)}`;
      return (await http.send<OrderDocument>({ url, signal })).body as OrderDocument;
    },
    async history({ signal, ...query } = {}) {
      const search = Object.entries(query)
        .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
        .join('&');
      const url = `${http.basePath}/orders${search && `?${search}`}`;
      return (await http.send<JobPage>({ url, signal })).body as JobPage;
    },
  };
}

function jobOf(
  target: WatchTarget,
  basePath: string,
): Pick<OrderHandle, 'jobId' | 'statusUrl'> & { updatesUrl: string | undefined } {
  if (typeof target === 'string') return jobOf({ jobId: target }, basePath);
  const jobId = target.jobId ?? decodeURIComponent(/[^/]*$/.exec(target.statusUrl ?? '')?.[0] ?? '');
  const { statusUrl = `${basePath}/orders/status/${encodeURIComponent(jobId)}`, updatesUrl } = target;
  return { jobId, statusUrl, updatesUrl };
}
