import type { Retrier } from './state-machine-definition.ts';

/** Whether a retrier or catcher takes an error. No wildcard takes the data limit, nothing States.Runtime. */
export function matchesError(errorEquals: readonly string[], error = ''): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error)) return true;
  if (error === 'States.DataLimitExceeded') return false;
  const isTaskFailure = errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout';
  return isTaskFailure || errorEquals.includes('States.ALL');
}

/** The retry by the first retrier for an error, if that has one left. @param retried How often each was used. */
export function nextRetry(retriers: Retrier[], error: string | undefined, retried: number[], random: number) {
  const index = retriers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, error));
  const [retrier, times = 0] = [retriers[index], retried[index]];
  if (!retrier || times >= retrier.MaxAttempts) return undefined;
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
  const delay = Math.min(IntervalSeconds * BackoffRate ** times, MaxDelaySeconds);
  return { index, delaySeconds: JitterStrategy === 'FULL' ? delay * random : delay };
}
