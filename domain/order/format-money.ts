import { minorUnitDigits } from './currency.ts';

/**
 * An amount as people read it, in English: `€39.98`. It is exact, because the digits are never divided as a number.
 *
 * @param minorUnits - whole minor units of the currency, from 0 to `Number.MAX_SAFE_INTEGER`
 * @param currency - currency code in upper case
 * @throws RangeError when `minorUnits` is not such a number
 */
export function formatMoney(minorUnits: number, currency: string): string {
  if (!Number.isSafeInteger(minorUnits) || minorUnits < 0)
    throw new RangeError(`${minorUnits} is no number of minor units; it must be a safe integer from 0.`);
  const fraction = minorUnitDigits(currency);
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: fraction,
    maximumFractionDigits: fraction,
  });
  // `Intl` reads text as an exact decimal number, and `E-2` moves its point.
  return format.format(`${minorUnits}E-${fraction}` as Intl.StringNumericLiteral);
}
