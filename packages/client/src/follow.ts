import { ending } from './ending.ts';
import { annotated, type KnownOrder, type OrdersError } from './errors.ts';
import { isTerminal } from './is-terminal.ts';
import type { OrderListeners } from './order-listeners.ts';
import type { Platform } from './platform.ts';
import { timedOut } from './timed-out.ts';
import type { OrderState, Watch } from './watch.ts';

/** What to tell of a job, and how long. */
export interface FollowOptions extends OrderListeners {
  /** Errors carry it. */
  readonly known: KnownOrder;
  /** Each ends it, with an AbortedError. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** Milliseconds after which it ends with a TimedOutError. */
  readonly timeout?: number | undefined;
  /** Whether it ends with the job. */
  readonly toTheEnd?: boolean;
}

/**
 * Tells what changes of a job, and at first what is known.
 *
 * @returns a function that ends it silently
 */
export function follow(
  watch: Watch,
  platform: Platform,
  { known, signals, timeout, toTheEnd, onUpdate, onError, onConnection }: FollowOptions,
): () => void {
  let seen: Partial<OrderState> = {};
  let isOver = false;

  function look(): void {
    const last = seen;
    const state = watch.state();
    seen = state;
    const { job, error, connection } = state;
    if (job && job !== last.job) {
      if (toTheEnd && isTerminal(job)) stop();
      call(onUpdate, job);
    }
    if (connection !== last.connection) call(onConnection, connection);
    if (error && error !== last.error) fail(error);
  }

  /** Rethrows an error of the application outside the watch, so that it neither stops the watch nor vanishes. */
  function call<T>(callback: ((value: T) => void) | undefined, value: T): void {
    try {
      callback?.(value);
    } catch (error) {
      platform.after(0, () => {
        throw error;
      });
    }
  }

  function fail(error: OrdersError): void {
    if (toTheEnd) stop();
    annotated(error, known);
    call(onError, error);
  }

  function stop(): void {
    isOver = true;
    watch.unlisten(look);
    cancelEnding();
  }

  function listen(): void {
    if (isOver) return;
    watch.listen(look);
    look();
  }

  let cancelEnding = () => {};
  cancelEnding = ending(platform, signals, timeout, (aborted) => {
    stop();
    if (toTheEnd) fail(aborted ?? timedOut(undefined, watch.state().job));
  });
  // What is shown is corrected; what ends a wait must be true.
  const confirmed = watch.confirm();
  if (confirmed && toTheEnd) void confirmed.then(listen);
  else listen();
  return stop;
}
