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
  const ready: StatusDocument[] = [];
  let failure: OrdersError | undefined;
  let isEnded = false;
  let wake: (() => void) | undefined;
  let news: Promise<void>;

  function tell(): void {
    wake?.();
    news = new Promise((resolve) => {
      wake = resolve;
    });
  }

  tell();

  const stop = follow(
    (job) => {
      ready.push(job);
      isEnded = isTerminal(job);
      tell();
    },
    (error) => {
      failure = error;
      isEnded = true;
      tell();
    },
  );

  return {
    async next() {
      for (;;) {
        const value = ready.shift();
        if (value) return { done: false, value };
        const error = failure;
        failure = undefined;
        if (error) throw error;
        if (isEnded) return { done: true, value: undefined };
        await news;
      }
    },
    async return() {
      stop();
      ready.length = 0;
      failure = undefined;
      isEnded = true;
      tell();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
