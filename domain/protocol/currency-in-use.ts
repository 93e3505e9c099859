import * as currencies from 'dinero.js/currencies';

/** Withdrawn since the library's list was made. */
const withdrawn = new Set([
  'BGN', // Bulgaria has had the euro since 1 January 2026.
]);

/** Whether a code is that of a currency in use: ISO 4217, list one, without precious metals and test codes. */
export const isCurrencyInUse = (code: string): boolean =>
  Object.hasOwn(currencies, code) && !withdrawn.has(code);
