import { expect, it } from '@jest/globals';
import { minorUnits } from '../../../web/src/format.ts';

it.each([
  ['19.99', 'EUR', 1999],
  ['19,99', 'EUR', 1999],
  ['500', 'JPY', 500],
  ['1.5', 'KWD', 1500],
  ['3', 'no currency', 300],
])('reads %s %s as %i minor units', (text, currency, minor) => {
  expect(minorUnits(text, currency)).toBe(minor);
});

it('reads no number as NaN, which the API refuses', () => {
  expect(minorUnits('much', 'EUR')).toBeNaN();
});
