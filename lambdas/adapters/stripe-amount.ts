import { minorUnitDigits } from '../../domain/order/currency.ts';
import { unsupportedAmount } from './payment-refusals.ts';

/**
 * The amount in the unit that Stripe uses, which differs from ISO 4217 for a few currencies.
 *
 * @param amount - in the minor unit of ISO 4217
 * @throws OrderRefused when Stripe cannot charge the exact amount
 * @see https://docs.stripe.com/currencies#special-cases
 */
export function stripeAmount(amount: number, currency: string): number {
  if (currency === 'ISK' || currency === 'UGX') return amount * 100;
  // Stripe charges whole ariary, and the last of three decimal digits must be zero.
  const step = currency === 'MGA' ? 100 : minorUnitDigits(currency) === 3 ? 10 : 1;
  if (amount % step !== 0) throw unsupportedAmount(currency);
  return currency === 'MGA' ? amount / step : amount;
}
