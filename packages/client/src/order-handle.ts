import { annotated, type OrdersError } from './errors.ts';
import { follow } from './follow.ts';
import { isTerminal } from './is-terminal.ts';
import type { OrderListeners } from './order-listeners.ts';
import type { CancelledJob, CompletedJob, FailedJob, StatusDocument } from './protocol.ts';
import { type OrderResult, resultOf } from './result-of.ts';
import { updatesOf } from './updates-of.ts';
import type { OrderState, Watch, WatchContext } from './watch.ts';

/** How long to wait for a job's end. */
export interface WaitOptions {
  /** Ends the waiting. It does not end the job. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds after which the wait fails with a {@link TimedOutError}.
   * @default none
   */
  readonly timeout?: number | undefined;
}

/** Options of a single request. It is repeated while nothing answers. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds within which the API must answer.
   * @default 15000
   */
  readonly timeout?: number | undefined;
}

/**
 * One job. Iterating it yields the newest version known, every newer one, and the terminal one last. The client watches
 * the job only while someone iterates, waits or has subscribed; all handles of a job share one watch.
 * `JSON.stringify(handle)` holds what {@link OrdersClient.watch} needs to resume after a reload.
 */
export interface OrderHandle extends AsyncIterable<StatusDocument, undefined> {
  readonly jobId: string;
  /** Where this client asks for the status: below its `baseUrl`, whatever URL the API named. */
  readonly statusUrl: string;
  /** Contains a ticket: keep it out of logs. */
  readonly updatesUrl?: string | undefined;
  /** The key under which the order was submitted, if this handle is of its submission. */
  readonly idempotencyKey?: string | undefined;
  /** What the client knows of the job. The same object until something changes. */
  state(): OrderState;
  /**
   * Milliseconds until the estimated completion, by the server's clock; 0 when it is overdue.
   *
   * @returns undefined if there is no estimate
   */
  remaining(): number | undefined;
  /**
   * Calls back on every change, and at once with what is known.
   *
   * @returns an unsubscribe function
   */
  subscribe(listeners: OrderListeners): () => void;
  /**
   * Iterates over the job's versions, as iterating the handle does.
   *
   * @throws the errors of {@link result}, except those of the job
   */
  updates(options?: WaitOptions): AsyncIterableIterator<StatusDocument, undefined>;
  /**
   * Waits for the job's end.
   *
   * @throws JobFailedError when the job failed
   * @throws JobCancelledError when it was cancelled
   * @throws OrderRefusedError when the API refuses to show the status, for example because there is no such job
   * @throws SignedOutError when the API refuses the token, and the next one
   * @throws UsageError when no repetition mends the request
   * @throws TimedOutError after `timeout`
   * @throws AbortedError when a signal is aborted, or on {@link close}
   */
  result(options?: WaitOptions): Promise<OrderResult>;
  /**
   * Reads the job's status, unless it is final.
   *
   * @throws OrderRefusedError, SignedOutError, UnreachableError, UsageError, AbortedError
   */
  status(options?: RequestOptions): Promise<StatusDocument>;
  /**
   * Asks for cancellation. The status then says `cancelling`; the job's end shows whether it came in time.
   *
   * @throws OrderRefusedError when it is too late (409): the order exists, or the job has ended
   * @throws SignedOutError, UnreachableError, UsageError, AbortedError
   */
  cancel(options?: RequestOptions): Promise<void>;
  /**
   * Resumes a redrivable failure at the failed stage. Call `result()` again to wait for the new end.
   *
   * @throws OrderRefusedError when the job is not redrivable (409)
   * @throws SignedOutError, UnreachableError, UsageError, AbortedError
   */
  redrive(options?: RequestOptions): Promise<void>;
  /** Ends all waits, iterations and subscriptions of this handle, not the job. */
  close(): void;
}

/**
 * Creates the handle of a job.
 *
 * @param known the job, as the handle shows it
 * @param watch returns the watch that all handles of the job share
 * @param signal ends all waits, iterations and subscriptions
 */
export function createOrderHandle(
  known: Pick<OrderHandle, 'jobId' | 'statusUrl' | 'updatesUrl' | 'idempotencyKey'>,
  watch: () => Watch,
  signal: AbortSignal | undefined,
  { http, platform }: WatchContext,
): OrderHandle {
  let closing = new AbortController();

  const named = <T>(promise: Promise<T>): Promise<T> =>
    promise.catch((error) => {
      throw annotated(error, known);
    });

  const request = async ({ signal, timeout }: RequestOptions = {}, action = ''): Promise<void> => {
    await named(watch().request({ signal, timeout, method: action ? 'POST' : undefined }, action));
  };

  const followed =
    ({ timeout, signal: own }: WaitOptions = {}) =>
    (onUpdate: (job: StatusDocument) => void, onError: (error: OrdersError) => void) =>
      follow(watch(), platform, {
        known,
        onUpdate,
        onError,
        timeout,
        signals: [own, signal, closing.signal],
        toTheEnd: true,
      });

  const updates = (options?: WaitOptions) => updatesOf(followed(options));

  return {
    ...known,
    state: () => watch().state(),
    remaining: () => http.clock.until(watch().state().job?.estimatedCompletion),
    subscribe: (listeners) =>
      follow(watch(), platform, { ...listeners, known, signals: [signal, closing.signal] }),
    updates,
    result: (options) =>
      named(
        new Promise<CompletedJob | FailedJob | CancelledJob>((resolve, reject) => {
          followed(options)((job) => isTerminal(job) && resolve(job), reject);
        }).then(resultOf),
      ),
    async status(options) {
      if (!watch().isDone()) await request(options);
      return watch().state().job as StatusDocument;
    },
    cancel: (options) => request(options, '/cancel'),
    redrive: (options) => request(options, '/redrive'),
    close() {
      closing.abort('closed');
      closing = new AbortController();
    },
    [Symbol.asyncIterator]: updates,
  };
}
