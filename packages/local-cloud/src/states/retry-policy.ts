import type { Retrier } from './state-machine-definition.ts';

/**
 * Whether a retrier or catcher for these errors takes this one. No wildcard takes the data limit, nothing States.Runtime.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matchesError(errorEquals: readonly string[], error = ''): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error)) return true;
  if (error === 'States.DataLimitExceeded') return false;
  return (
    errorEquals.includes('States.ALL') ||
    (errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout')
  );
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
