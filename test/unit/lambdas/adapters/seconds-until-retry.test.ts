import { describe, expect, it } from '@jest/globals';
import { secondsUntilRetry } from '../../../../lambdas/adapters/seconds-until-retry.ts';

const now = new Date('2026-11-27T12:00:00.500Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120],
    // Half a second counts as a whole one, so that the retry is not too early.
    ['Fri, 27 Nov 2026 12:02:00 GMT', 120],
    ['Fri, 27 Nov 2026 11:00:00 GMT', 0],
  ])('%s is a wait of %i s', (value, seconds) => {
    expect(secondsUntilRetry(value, now)).toBe(seconds);
  });

  it.each([
    '',
    'soon',
    '-1',
    '1.5',
    '1e3',
    '2026-11-27T12:02:00Z',
    'Fri, 99 Nov 2026 12:02:00 GMT',
    undefined,
  ])('%s is not read', (value) => {
    expect(secondsUntilRetry(value, now)).toBeUndefined();
  });
});
