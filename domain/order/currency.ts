/** Number of decimal digits of the minor unit, and the currencies that have that number; all others have two. */
const exceptions: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

/**
 * Number of decimal digits of a currency's minor unit (ISO 4217). `Intl` has the digits that people write instead: it
 * says none for the forint, although banks and card schemes count in hundredths.
 *
 * @param currency - currency code in upper case
 * @see https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
export function minorUnitDigits(currency: string): number {
  const [digits] = exceptions.find(([, currencies]) => currencies.split(' ').includes(currency)) ?? [2];
  return digits;
}
