import { describe, expect, it } from '@jest/globals';
import { minorUnitDigits } from '../../../../domain/order/currency.ts';

describe('the minor unit', () => {
  it.each([
    ['JPY', 0],
    ['KRW', 0],
    ['EUR', 2],
    ['HUF', 2],
    ['MGA', 2],
    ['MRU', 2],
    ['IQD', 3],
    ['TND', 3],
    ['CLF', 4],
  ])('of %s has %d digits', (currency, digits) => {
    expect(minorUnitDigits(currency)).toBe(digits);
  });

  it('of a currency that was withdrawn has two digits', () => {
    expect(minorUnitDigits('DEM')).toBe(2);
  });
});
