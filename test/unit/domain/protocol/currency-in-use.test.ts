import { describe, expect, it } from '@jest/globals';
import * as currencies from 'dinero.js/currencies';
import { isCurrencyInUse } from '../../../../domain/protocol/currency-in-use.ts';

describe('currencies in use', () => {
  it.each(['EUR', 'USD', 'JPY', 'TND', 'HUF', 'SLE', 'VES', 'XCG', 'XOF', 'ZWG'])('include %s', (code) => {
    expect(isCurrencyInUse(code)).toBe(true);
  });

  it.each([
    ['withdrawn', ['ANG', 'BGN', 'CUC', 'DEM', 'HRK', 'LTL', 'MRO', 'SLL', 'STD', 'VEF', 'ZWL']],
    ['no money', ['XAU', 'XDR', 'XTS', 'XXX']],
    ['unknown', ['ABC', 'ZZZ', 'eur', 'toString', '__proto__', 'default']],
  ])('do not include those that are %s', (_, codes) => {
    expect(codes.filter(isCurrencyInUse)).toEqual([]);
  });

  it('need their correction: remove it once the list is right', () => {
    expect(currencies).toHaveProperty('BGN');
  });
});
