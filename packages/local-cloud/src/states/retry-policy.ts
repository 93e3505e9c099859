import type { Retrier } from './state-machine-definition.ts';

/** Errors that no wildcard matches. */
const terminal = ['States.Runtime', 'States.DataLimitExceeded'];

/**
 * Whether a retrier or catcher for these errors takes this one.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matchesError(errorEquals: readonly string[], error = ''): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return !terminal.includes(error);
    if (name === 'States.TaskFailed') return !terminal.includes(error) && error !== 'States.Timeout';
    return name === error;
  });
}

/**
 * The retry after a failure, by the first retrier for its error; undefined when that has none left.
 * @param retried How often each retrier was used in this visit of the state.
 * @param random At least 0 and below 1, for full jitter.
 */
export function nextRetry(
  retriers: readonly Retrier[],
  error: string | undefined,
  retried: readonly number[],
  random: number,
): { readonly index: number; readonly delaySeconds: number } | undefined {
  const index = retriers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, error));
  const [retrier, times = 0] = [retriers[index], retried[index]];
  if (!retrier || times >= retrier.MaxAttempts) return undefined;
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
  const delay = Math.min(IntervalSeconds * BackoffRate ** times, MaxDelaySeconds);
  return { index, delaySeconds: JitterStrategy === 'FULL' ? delay * random : delay };
}
