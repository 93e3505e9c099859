/** Decimal digits of the minor unit, and the currencies that have so many; all others have two. */
const exceptions: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

/**
 * Decimal digits of a currency's minor unit, as ISO 4217 has them. `Intl` counts the digits that people write instead:
 * none for the forint, whose hundredth no coin has, though banks and card schemes count in it.
 *
 * @param currency - its code, in capitals
 * @see https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
export function minorUnitDigits(currency: string): number {
  const [digits] = exceptions.find(([, currencies]) => currencies.split(' ').includes(currency)) ?? [2];
  return digits;
}
