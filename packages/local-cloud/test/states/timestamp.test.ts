import { describe, expect, it } from '@jest/globals';
import { timestampNanoseconds } from '../../src/states/choice-rule.ts';

describe('a timestamp', () => {
  it.each([
    ['2016-08-18T17:33:00Z', 1_471_541_580_000_000_000n],
    ['2016-08-18T19:33:00+02:00', 1_471_541_580_000_000_000n],
    ['2016-08-18T17:33:00.000000001Z', 1_471_541_580_000_000_001n],
    ['2016-02-29T00:00:00Z', 1_456_704_000_000_000_000n],
  ])('%s is read to the nanosecond', (text, nanoseconds) => {
    expect(timestampNanoseconds(text)).toBe(nanoseconds);
  });

  it.each([
    ['2016-08-18T17:33:00'],
    ['2016-08-18 17:33:00Z'],
    ['2016-08-18t17:33:00z'],
    ['2016-13-05T21:29:29Z'],
    ['2015-02-29T00:00:00Z'],
    ['2016-12-05T25:29:29Z'],
    ['2016-08-18'],
    ['text'],
    [1_471_541_580],
    [null],
  ])('%j is none', (value) => {
    expect(timestampNanoseconds(value)).toBeUndefined();
  });
});
