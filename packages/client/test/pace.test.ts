import { describe, expect, it } from '@jest/globals';
import { checkPause, pollPause } from '../src/pace.ts';

describe('the pause between two polls', () => {
  it.each([
    ['is 2 s if the API names none', undefined, undefined, 2_000],
    ['is what the API names', 20_000, undefined, 20_000],
    ['is a quarter of it before the estimated end', 20_000, 15_000, 5_000],
    ['is what the API names for an overdue job', 20_000, 0, 20_000],
    ['is at least a second', 0, undefined, 1_000],
    ['is at least a second before the estimated end', 2_000, 15_000, 1_000],
    ['is at most a minute', 86_400_000, undefined, 60_000],
  ])('%s', (_, retryAfterMs, remainingMs, pause) => {
    expect(pollPause(retryAfterMs, remainingMs)).toBe(pause);
  });
});

describe('the pause between two checks of a socket', () => {
  it.each([
    ['doubles', 2, undefined, 40_000],
    ['is at most five minutes', 30, undefined, 300_000],
    ['ends a second after the estimated end', 2, 5_000, 6_000],
    ['does not wait for an estimated end that is far', 2, 600_000, 40_000],
    ['is the same for an overdue job', 2, 0, 40_000],
  ])('%s', (_, checks, remainingMs, pause) => {
    expect(checkPause(checks, remainingMs)).toBe(pause);
  });
});
