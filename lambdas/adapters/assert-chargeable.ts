import { unsupportedAmount } from './payment-refusals.ts';
import { stripeAmount } from './stripe-amount.ts';

/** Currencies in which Stripe charges cards (https://docs.stripe.com/currencies#presentment-currencies). */
const currencies = new Set(
  `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
  COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD
  JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN
  NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TND
  TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW`.split(/\s+/),
);

/** Smallest charges in Stripe's unit, for accounts that settle in the charge's currency; all others are converted first. */
const minimums: Readonly<Record<string, number>> = {
  AED: 200,
  AUD: 50,
  BGN: 100,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  CZK: 1_500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17_500,
  INR: 50,
  JPY: 50,
  MXN: 1_000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PLN: 200,
  RON: 200,
  SEK: 300,
  SGD: 50,
  THB: 1_000,
  USD: 50,
};

/** Stripe's amounts have eight digits at most, twelve in rupiah. */
const maximum = (currency: string): number => (currency === 'IDR' ? 999_999_999_999 : 99_999_999);

/**
 * Refuses what Stripe would refuse to charge, so that the sandbox shows what production does. The limits are those of
 * Stripe's documentation; Stripe's own answers rule in production.
 *
 * @param amount - in the minor unit of ISO 4217, more than zero
 * @throws OrderRefused with the code that the same order gets through Stripe
 * @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
export function assertChargeable(amount: number, currency: string): void {
  const units = stripeAmount(amount, currency);
  const isChargeable =
    currencies.has(currency) && units >= (minimums[currency] ?? 1) && units <= maximum(currency);
  if (!isChargeable) throw unsupportedAmount(currency);
}
