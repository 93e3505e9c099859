import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatMoney } from '../../../../domain/order/format-money.ts';

/** A currency for each number of decimal digits of ISO 4217. */
const digits = [
  ['JPY', 0],
  ['EUR', 2],
  ['KWD', 3],
  ['CLF', 4],
] as const;

describe.each(digits)('money in %s', (currency, fraction) => {
  it(`has ${fraction} decimal digits, and no digit is lost or rounded`, () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (minorUnits) => {
        const [whole = '', decimals = ''] = formatMoney(minorUnits, currency).split('.');

        expect(decimals).toHaveLength(fraction);
        expect(BigInt(`${whole}${decimals}`.replaceAll(/\D/g, ''))).toBe(BigInt(minorUnits));
      }),
      { examples: [[0], [1], [Number.MAX_SAFE_INTEGER], [Number.MAX_SAFE_INTEGER - 1]] },
    );
  });
});

describe('money', () => {
  it.each([
    [3998, 'EUR', '€39.98'],
    [5, 'EUR', '€0.05'],
    [9_007_199_254_740_991, 'EUR', '€90,071,992,547,409.91'],
    [9_007_199_254_740_991, 'JPY', '¥9,007,199,254,740,991'],
    [1_234, 'HUF', 'HUF\u00a012.34'],
    [1, 'CLF', 'CLF\u00a00.0001'],
  ])('%i in %s is written %s', (minorUnits, currency, written) => {
    expect(formatMoney(minorUnits, currency)).toBe(written);
  });

  it.each([-1, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN])('%d is refused', (minorUnits) => {
    expect(() => formatMoney(minorUnits, 'EUR')).toThrow(RangeError);
  });
});
