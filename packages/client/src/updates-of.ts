import type { OrdersError } from './errors.ts';
import { isTerminal } from './is-terminal.ts';
import type { StatusDocument } from './protocol.ts';

/**
 * Iterates over a job's versions from the newest known one to the terminal one. It is written by hand because React
 * Native's engine has no async generators.
 *
 * @param follow tells every version, or the error that ended it, until the returned function is called
 */
export function updatesOf(
  follow: (onUpdate: (job: StatusDocument) => void, onError: (error: OrdersError) => void) => () => void,
): AsyncIterableIterator<StatusDocument, undefined> {
  /** Each returns a version, or throws the error that ended the iteration. */
  const ready: (() => StatusDocument)[] = [];
  let isEnded = false;
  let wake: (() => void) | undefined;
  let news: Promise<void>;

  function tell(item?: () => StatusDocument, isLast?: boolean): void {
    if (item) ready.push(item);
    isEnded ||= !!isLast;
    wake?.();
    news = new Promise((resolve) => {
      wake = resolve;
    });
  }

  tell();

  const stop = follow(
    (job) => tell(() => job, isTerminal(job)),
    (error) =>
      tell(() => {
        throw error;
      }, true),
  );

  return {
    async next() {
      for (;;) {
        const item = ready.shift();
        if (item) return { done: false, value: item() };
        if (isEnded) return { done: true, value: undefined };
        await news;
      }
    },
    async return() {
      stop();
      ready.length = 0;
      tell(undefined, true);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
