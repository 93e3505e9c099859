import * as currencies from 'dinero.js/currencies';

const exponents = new Map(
  Object.values(currencies)
    // A fifth is the subunit of the ariary and the ouguiya. ISO 4217 gives them two digits like most others.
    .filter(({ base }) => base === 10)
    .map(({ code, exponent }) => [code as string, exponent as number]),
);

/**
 * Number of decimal digits of a currency's minor unit (ISO 4217); 2 for a currency that is not in use any more. `Intl`
 * has the digits that people write instead: it says none for the forint, although banks and card schemes count in
 * hundredths.
 *
 * @param currency - currency code in upper case
 * @see https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
export const minorUnitDigits = (currency: string): number => exponents.get(currency) ?? 2;
