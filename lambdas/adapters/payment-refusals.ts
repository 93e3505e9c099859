import { OrderRefused } from '../../domain/protocol/errors.ts';

/** The refusal of an amount or a currency. */
export const unsupportedAmount = (currency: string): OrderRefused =>
  new OrderRefused('unsupported_amount', `The payment provider cannot charge this amount in ${currency}.`);

/** The refusal of a charge that was cancelled before it was made. */
export const paymentCancelled = (): OrderRefused =>
  new OrderRefused('payment_cancelled', 'The payment was cancelled before the card was charged.');
