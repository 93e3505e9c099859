import { AbortedError, TimedOutError } from './errors.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';
import { isTerminal, type Watch } from './watch.ts';

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

interface Waiting {
  resolve(result: IteratorResult<StatusDocument, undefined>): void;
  reject(error: unknown): void;
}

/**
 * Iterates over a job's versions from the newest known one to the terminal one. It is written by hand because React
 * Native's engine has no async generators.
 */
export function updatesOf(
  watch: Watch,
  { signal, timeout }: WaitOptions,
  platform: Platform,
): AsyncIterableIterator<StatusDocument, undefined> {
  const ready: StatusDocument[] = [];
  const waiting: Waiting[] = [];
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let release = () => {};

  function next(job: StatusDocument): void {
    if (ended) return;
    if (isTerminal(job)) end();
    const first = waiting.shift();
    if (first) first.resolve({ done: false, value: job });
    else ready.push(job);
    if (ended) finish();
  }

  function fail(error: unknown): void {
    if (ended) return;
    failure = { error };
    end();
    finish();
  }

  function end(): void {
    ended = true;
    release();
  }

  /** Settles the pending `next()` calls. */
  function finish(): void {
    for (const { resolve, reject } of waiting.splice(0)) {
      if (failure) reject(failure.error);
      else resolve({ done: true, value: undefined });
      failure = undefined;
    }
  }

  const abort = () => fail(new AbortedError(signal?.reason));
  const cancelTimeout =
    timeout === undefined ? undefined : platform.after(timeout, () => fail(new TimedOutError()));
  const unlisten = watch.listen({ next, fail });
  release = () => {
    cancelTimeout?.();
    unlisten();
    signal?.removeEventListener('abort', abort);
  };
  if (ended) release();
  else if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort);

  return {
    next() {
      const job = ready.shift();
      if (job) return Promise.resolve({ done: false, value: job });
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        if (ended) finish();
      });
    },
    return() {
      ready.length = 0;
      failure = undefined;
      if (!ended) end();
      finish();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
