import { describe, expect, it } from '@jest/globals';
import { matchesError, nextRetry } from '../../src/states/retry-policy.ts';
import type { Retrier } from '../../src/states/state-machine-definition.ts';

const retrier = (more: Partial<Retrier>): Retrier => ({
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 1,
  MaxAttempts: 3,
  BackoffRate: 2,
  MaxDelaySeconds: Number.POSITIVE_INFINITY,
  JitterStrategy: 'NONE',
  ...more,
});

describe('the errors of a retrier or catcher', () => {
  it.each([
    ['States.ALL', 'Custom', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.TaskFailed', true],
    ['States.ALL', undefined, true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.TaskFailed', 'Custom', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
    ['States.Timeout', 'States.Timeout', true],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.Runtime', 'States.Runtime', false],
    ['Custom', 'Custom', true],
    ['Custom', 'custom', false],
  ])('%s takes %s: %s', (name, error, expected) => {
    expect(matchesError([name], error)).toBe(expected);
  });
});

describe('a retry', () => {
  it("follows AWS's example of two retriers, of which the first is used up", () => {
    const retriers = [
      retrier({ ErrorEquals: ['ErrorA', 'ErrorB'], MaxAttempts: 2 }),
      retrier({ ErrorEquals: ['ErrorC'], IntervalSeconds: 5 }),
    ];
    const retried = [0, 0];
    const delays = ['ErrorA', 'ErrorB', 'ErrorC', 'ErrorB'].map((error) => {
      const retry = nextRetry(retriers, error, retried, 0);
      if (retry) retried[retry.index] = (retried[retry.index] ?? 0) + 1;
      return retry?.delaySeconds;
    });

    expect(delays).toEqual([1, 2, 5, undefined]);
  });

  it('is decided by the first retrier that takes the error, even when that forbids it', () => {
    const retriers = [retrier({ ErrorEquals: ['States.Timeout'], MaxAttempts: 0 }), retrier({})];

    expect(nextRetry(retriers, 'States.Timeout', [0, 0], 0)).toBeUndefined();
    expect(nextRetry(retriers, 'Other', [0, 0], 0)).toEqual({ index: 1, delaySeconds: 1 });
  });

  it('waits up to its longest delay', () => {
    const policy = retrier({ IntervalSeconds: 3, BackoffRate: 1.5, MaxDelaySeconds: 5 });

    expect([0, 1, 2].map((times) => nextRetry([policy], 'E', [times], 0)?.delaySeconds)).toEqual([3, 4.5, 5]);
  });

  it('waits any time up to that with full jitter', () => {
    expect(nextRetry([retrier({ JitterStrategy: 'FULL' })], 'E', [2], 0.25)?.delaySeconds).toBe(1);
  });
});
