import { type ApiOptions, createHttp } from './http.ts';
import { createLiveSocket, defaultHeartbeatMs } from './live-socket.ts';
import { createOrderHandle, type OrderHandle, type RequestOptions } from './order-handle.ts';
import type { OrderListeners } from './order-listeners.ts';
import { type Platform, type PlatformOptions, platform } from './platform.ts';
import type { JobPage, JobStatus, OrderDocument, OrderRequest, StatusDocument } from './protocol.ts';
import { statusRequest } from './status-request.ts';
import { type SubmitOptions, submit } from './submit.ts';
import { createWatch, type Transport, type Watch, type WatchContext } from './watch.ts';

/** How to watch jobs. */
export interface WatchingOptions {
  /**
   * How to learn of changes. `auto` uses a socket and polls while none works; `socket` never polls, it only checks now
   * and then that the socket tells the truth, and fails with a UsageError where there is none; `polling` opens no socket.
   * @default 'auto'
   */
  readonly transport?: Transport | undefined;
  /**
   * Milliseconds between two heartbeats over a socket. Proxies and the gateway drop a silent connection, many after 60 s.
   * @default 50000
   */
  readonly heartbeatMs?: number | undefined;
}

/** Address of the API, credentials, and replacements for parts of the platform. */
export interface OrdersOptions extends ApiOptions, PlatformOptions, WatchingOptions {}

/** How to watch a job. */
export interface ObserveOptions extends OrderListeners {
  /** Ends the watching. It does not end the job. */
  readonly signal?: AbortSignal | undefined;
}

/** A job: its id, its status, the answer to its acceptance, or a handle stored as JSON. */
export type WatchTarget =
  | string
  | {
      readonly jobId: string;
      readonly statusUrl?: string | undefined;
      readonly updatesUrl?: string | undefined;
      readonly idempotencyKey?: string | undefined;
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
   * the error's `idempotencyKey`
   * @throws SignedOutError when the API refuses the token, and the next one
   * @throws UsageError when no repetition mends the request
   * @throws AbortedError when the signal is aborted; the order may still be accepted
   */
  createOrder(order: OrderRequest, options?: SubmitOptions & ObserveOptions): Promise<OrderHandle>;
  /** Watches a job that was accepted before, for example after a reload. */
  watch(job: WatchTarget, options?: ObserveOptions): OrderHandle;
  /**
   * Reads a created order.
   *
   * @throws OrderRefusedError, SignedOutError, UnreachableError, UsageError, AbortedError
   */
  order(orderId: string, options?: RequestOptions): Promise<OrderDocument>;
  /**
   * Lists the caller's jobs, newest first.
   *
   * @throws OrderRefusedError, SignedOutError, UnreachableError, UsageError, AbortedError
   */
  history(options?: HistoryOptions): Promise<JobPage>;
  /**
   * Checks all watched jobs and their connections now. Pages call it by themselves; other applications call it when they
   * return to the foreground, or the network returns.
   */
  wake(): void;
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

/** What a {@link WatchTarget} may have. */
type StoredHandle = {
  readonly [Name in 'jobId' | 'statusUrl' | 'updatesUrl' | 'idempotencyKey']?: string | undefined;
};

/** A page is often shown and hidden in a row. */
const wakeMs = 1_000;

/** Creates the client on a given platform. */
export function ordersClientOn(
  platform: Platform,
  { transport = 'auto', heartbeatMs = defaultHeartbeatMs, ...api }: ApiOptions & WatchingOptions,
): OrdersClient {
  const http = createHttp(api, platform);
  const socket = createLiveSocket(heartbeatMs, platform);
  const watches = new Map<string, Watch>();
  let stopWaking: (() => void) | undefined;
  let wokenAt = -wakeMs;
  const context: WatchContext = {
    http,
    socket,
    transport,
    platform,
    watches,
    onWatches() {
      if (watches.size) stopWaking ??= platform.onWake(wake);
      else {
        stopWaking?.();
        stopWaking = undefined;
      }
    },
  };

  function wake(): void {
    if (platform.now() - wokenAt < wakeMs) return;
    wokenAt = platform.now();
    socket.wake();
    for (const watch of watches.values()) watch.wake();
  }

  function observe(target: WatchTarget, options: ObserveOptions): OrderHandle {
    const job: StoredHandle = typeof target === 'string' ? { jobId: target } : target;
    const { updatesUrl, idempotencyKey, jobId = `${job.statusUrl}`.replace(/.*\//, '') } = job;
    const key = jobId.toLowerCase();
    let own = createWatch(key, context);
    const watch = () => {
      const shared = watches.get(key) ?? own;
      shared.take(own.state().job);
      own = shared;
      return own;
    };
    // A page of the history, for example, has the status already.
    watch().take(job as Partial<StatusDocument>);
    const statusUrl = http.baseUrl + statusRequest(jobId).path;
    const known = { jobId, statusUrl, updatesUrl, idempotencyKey };
    const handle = createOrderHandle(known, watch, options.signal, context);
    if (options.onUpdate || options.onError || options.onConnection) handle.subscribe(options);
    return handle;
  }

  const read = async <Body>(
    path: string,
    { signal, timeout }: RequestOptions,
    is: (body: Partial<Body>) => boolean,
  ): Promise<Body> => (await http.repeat<Body>({ path: `/orders${path}`, is, signal, timeout })).body as Body;

  return {
    async createOrder(order, options = {}) {
      // Storage that has no key gives null.
      const idempotencyKey = options.idempotencyKey ?? platform.newIdempotencyKey();
      const accepted = await submit(order, idempotencyKey, options, http);
      return observe({ ...accepted, idempotencyKey }, options);
    },
    watch: (target, options = {}) => observe(target, options),
    order: (orderId, options = {}) =>
      read<OrderDocument>(`/${encodeURIComponent(orderId)}`, options, (order) => !!order.orderId),
    history({ signal, timeout, ...query } = {}) {
      const search = Object.entries(query)
        .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
        .join('&');
      return read<JobPage>(search && `?${search}`, { signal, timeout }, ({ items }) => Array.isArray(items));
    },
    wake,
  };
}
