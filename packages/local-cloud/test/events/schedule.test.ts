import { describe, expect, it } from '@jest/globals';
import { parseRate, runEvery } from '../../src/events/schedule.ts';
import { until } from '../support/until.ts';

describe('parseRate', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
  ])('reads %s', (expression, expected) => {
    expect(parseRate(expression)).toBe(expected);
  });

  it.each([
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'every day',
    'cron(0 12 * * ? *)',
    'at(2026-01-01T00:00:00)',
  ])('refuses %s', (expression) => {
    expect(() => parseRate(expression)).toThrow(
      `ScheduleExpression is ${expression}; the local cloud knows rate(`,
    );
  });
});

describe('runEvery', () => {
  it('leaves out runs while one is going on, unless they may overlap', async () => {
    const going = Promise.withResolvers<void>();
    const runs = { overlapping: 0, single: 0 };
    const count = (kind: keyof typeof runs) => () => {
      runs[kind] += 1;
      return going.promise;
    };

    const ends = [
      runEvery(1, count('single'), { overlap: false }),
      runEvery(1, count('overlapping'), { overlap: true }),
    ];
    await until(() => runs.overlapping > 3);
    const { single } = runs;
    going.resolve();
    await until(() => runs.single > 1);
    for (const end of ends) end();

    expect(single).toBe(1);
  });
});
