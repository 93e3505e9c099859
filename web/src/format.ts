/** The reader's locale. */
const locale = undefined;

const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const seconds = new Intl.NumberFormat(locale, {
  style: 'unit',
  unit: 'second',
  unitDisplay: 'narrow',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const wholeSeconds = new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', unitDisplay: 'narrow' });
const milliseconds = new Intl.NumberFormat(locale, {
  style: 'unit',
  unit: 'millisecond',
  unitDisplay: 'short',
  maximumFractionDigits: 0,
});
const usd = (maximumFractionDigits: number) =>
  new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 0,
    maximumFractionDigits,
  });
const smallUsd = usd(6);
const wholeUsd = usd(0);

/** An ISO time as a time of the day. */
export const formatTime = (iso: string): string => time.format(new Date(iso));

/** An ISO time with its date. */
export const formatDate = (iso: string): string => day.format(new Date(iso));

/** A duration in milliseconds below 100, else in tenths of a second. */
export const formatDuration = (ms: number): string =>
  ms < 100 ? milliseconds.format(Math.max(0, ms)) : seconds.format(ms / 1000);

/** A time that is left, in whole seconds, so that it does not flicker. */
export const formatRemaining = (ms: number): string => wholeSeconds.format(Math.ceil(Math.max(0, ms) / 1000));

export const formatMilliseconds = (ms: number): string => milliseconds.format(ms);

/** The price of one order. */
export const formatSmallUsd = (amount: number): string => smallUsd.format(amount);

/** The price of many. */
export const formatUsd = (amount: number): string => wholeUsd.format(amount);

/** Digits after the point of a currency: 2 for EUR, 0 for JPY. */
const digitsOf = (currency: string): number =>
  new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** An amount in the currency's minor unit. */
export const formatMoney = (minor: number, currency: string): string =>
  new Intl.NumberFormat(locale, { style: 'currency', currency }).format(minor / 10 ** digitsOf(currency));

/** The minor units of an amount that a person wrote; NaN for what is no number. */
export function minorUnits(text: string, currency: string): number {
  const amount = Number(text.trim().replace(',', '.'));
  try {
    return Math.round(amount * 10 ** digitsOf(currency));
  } catch {
    // The API says what is wrong with the currency.
    return Math.round(amount * 100);
  }
}
