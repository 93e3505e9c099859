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
/** While the function cannot be reached, pauses double from a second up to this. */
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
  let pauseMs = 1_000;
  while (!stopping.aborted) {
    const invocation = await functions.invoke(functionArn, payload);
    if (invocation.ok || stopping.aborted) return;
    const { kind, errorType, errorMessage } = invocation;
    const isReached = kind === 'handled' || kind === 'unhandled';
    const pause = (isReached ? errorPausesMs[errors++] : pauseMs) ?? Number.POSITIVE_INFINITY;
    if (!isReached) pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    if (Date.now() - begun + pause * timeScale > maxAgeMs) {
      log({ level: 'warn', message: `An event for ${functionArn} was given up`, errorType, errorMessage });
      return;
    }
    await wait(pause * timeScale, undefined, { signal: stopping }).catch(() => {});
  }
}
