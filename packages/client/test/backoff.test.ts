import { describe, expect, it } from '@jest/globals';
import { backoff } from '../src/backoff.ts';

describe('backoff', () => {
  it('takes any time up to a bound that doubles with each attempt', () => {
    expect([0, 1, 2, 3].map((attempt) => backoff(attempt, () => 0.5))).toEqual([250, 500, 1000, 2000]);
    expect(backoff(3, () => 0)).toBe(0);
  });

  it('never exceeds half a minute', () => {
    expect(backoff(10_000, () => 1)).toBe(30_000);
  });
});
