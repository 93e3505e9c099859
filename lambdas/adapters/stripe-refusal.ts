import Stripe from 'stripe';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import { paymentCancelled, unsupportedAmount } from './payment-refusals.ts';

/**
 * The refusal that an error of Stripe means. Errors that a retry or the operator may solve are none: rate limits, outages,
 * the API key, and requests that the account or this code is to blame for.
 *
 * @see https://docs.stripe.com/error-codes
 */
export function stripeRefusal(error: unknown, currency: string): OrderRefused | undefined {
  if (error instanceof Stripe.errors.StripeCardError) return cardRefused(error.code);
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return undefined;
  const { code, param } = error;
  if (param === 'amount' || param === 'currency') return unsupportedAmount(currency);
  const isOfToken =
    param?.startsWith('payment_method') ||
    code?.startsWith('payment_method_') ||
    code === 'payment_intent_incompatible_payment_method' ||
    // A payment method that was used before is refused without a code.
    (code === undefined && param === undefined);
  return isOfToken
    ? new OrderRefused('invalid_token', 'The payment provider refused the payment token.')
    : undefined;
}

/** Why a PaymentIntent that is open or cancelled does not charge. */
export function intentRefusal({
  status,
  last_payment_error: failure,
  cancellation_reason: reason,
}: Stripe.PaymentIntent): OrderRefused {
  if (failure) return cardRefused(failure.code);
  // Only the charge itself cancels with the reason `abandoned`: the intent needed an action.
  if (status !== 'canceled' || reason === 'abandoned') {
    return new OrderRefused(
      'payment_incomplete',
      'The payment requires an action by the customer, who is not present.',
    );
  }
  return paymentCancelled();
}

const cardRefused = (code: string | undefined): OrderRefused =>
  new OrderRefused(code ?? 'card_declined', 'The card was declined.');
