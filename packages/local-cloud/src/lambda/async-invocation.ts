import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../wire/log.ts';
import type { Functions } from './functions.ts';

/** What asynchronous invocations work with. */
export interface AsyncPorts {
  readonly functions: Pick<Functions, 'invoke'>;
  /** Factor on the pauses between attempts. */
  readonly timeScale: number;
  readonly log: Log;
}

/** Lambda gives an event up after this time. */
const maxAgeMs = 6 * 60 * 60 * 1000;
/** Before the first and the second retry after an error of the function; then the event is given up. */
const errorPausesMs = [60_000, 120_000];
/** Pauses while the function cannot be reached grow between these. */
const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60_000;

/**
 * Invokes a function as Lambda's own event queue does: errors are retried twice, throttles for hours. Never rejects.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function invokeAsync(
  { functions, timeScale, log }: AsyncPorts,
  functionArn: string,
  payload: unknown,
  stopping: AbortSignal,
): Promise<void> {
  const begun = Date.now();
  let errors = 0;
  let pauseMs = firstPauseMs;
  while (!stopping.aborted) {
    const invocation = await functions.invoke(functionArn, payload);
    if (invocation.ok || stopping.aborted) return;
    const isReached = !['throttled', 'service'].includes(invocation.kind);
    const pause = (isReached ? errorPausesMs[errors] : pauseMs) ?? Number.POSITIVE_INFINITY;
    if (Date.now() - begun + pause * timeScale > maxAgeMs) {
      const { errorType, errorMessage } = invocation;
      log({ level: 'warn', message: `An event for ${functionArn} was given up`, errorType, errorMessage });
      return;
    }
    await wait(pause * timeScale, undefined, { signal: stopping }).catch(() => {});
    if (isReached) errors += 1;
    else pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}
