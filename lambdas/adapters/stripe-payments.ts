import Stripe from 'stripe';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { Charge, Payments } from '../ports/payments.ts';
import type { Ledger, LedgerLine } from './ledger.ts';
import { paymentCancelled } from './payment-refusals.ts';
import { stripeAmount } from './stripe-amount.ts';
import { createStripeCalls, type StripeCalls, type StripeCallsConfig } from './stripe-calls.ts';
import { intentRefusal, stripeRefusal } from './stripe-refusal.ts';

export interface StripeConfig extends StripeCallsConfig {
  readonly ledger: Ledger;
}

/** Codes with which Stripe refuses a refund because the customer, or the customer's bank, has the money already. */
const alreadyReturned: readonly string[] = [
  'charge_already_refunded',
  'charge_disputed',
  'refund_disputed_payment',
];

/**
 * Payments through Stripe. A charge creates a PaymentIntent, records it in the ledger and only then confirms it, so every
 * later attempt and the refund find the one intent that can have charged the card.
 */
export function createStripePayments({ ledger, ...config }: StripeConfig): Payments {
  const call = createStripeCalls(config);

  return {
    async charge(charge) {
      if (charge.amount === 0) return;
      await call(async (stripe) => {
        const prepared = await intentOf(stripe, charge);
        const { intent, refusal } =
          prepared.status === 'requires_confirmation'
            ? await confirm(stripe, prepared, charge.currency)
            : { intent: prepared };
        if (intent.status === 'processing')
          throw new Error(`Payment intent ${intent.id} is still being processed.`);
        const { status } = await closed(stripe, intent, 'abandoned');
        if (status === 'canceled') throw refusal ?? intentRefusal(intent);
        if (isReversed(intent)) {
          throw new OrderRefused('payment_reversed', 'The payment was refunded or charged back.');
        }
      });
    },

    async refund({ chargeKey, jobId, amount }) {
      if (amount === 0) return;
      // If nothing was recorded, nothing was charged, and this line keeps it so.
      const recorded = await ledger.enter({ entry: chargeKey, kind: 'withdrawn', jobId });
      if (!recorded || recorded.kind === 'withdrawn') return;
      await call(async (stripe) => {
        const found = await stripe.retrieve(intentIdOf(recorded));
        const intent = await closed(stripe, found, 'requested_by_customer');
        if (intent.status === 'succeeded') await giveBack(stripe, intent, jobId);
      });
    },
  };

  /** The job's PaymentIntent: the recorded one, otherwise a new one that is recorded before it can be confirmed. */
  async function intentOf(
    stripe: StripeCalls,
    { key, jobId, amount, currency, token }: Charge,
  ): Promise<Stripe.PaymentIntent> {
    // Looked up first, because Stripe refuses to create a second intent with a payment method that was charged.
    const recorded = await ledger.get(key);
    if (recorded) return stripe.retrieve(intentIdOf(recorded));
    const created = await stripe
      .create({
        amount: stripeAmount(amount, currency),
        currency: currency.toLowerCase(),
        // Other payment methods settle days later, and the stage cannot wait for them.
        allowed_payment_method_types: ['card'],
        payment_method: token,
        metadata: { jobId },
      })
      .catch((error) => {
        throw stripeRefusal(error, currency) ?? error;
      });
    const before = await ledger.enter({
      entry: key,
      kind: 'intent',
      jobId,
      amount,
      currency,
      paymentIntent: created.id,
    });
    if (!before || before.paymentIntent === created.id) return created;
    await stripe.cancel(created.id, 'duplicate');
    return stripe.retrieve(intentIdOf(before));
  }
}

/** Id of the PaymentIntent of a line. */
function intentIdOf({ entry, kind, paymentIntent }: LedgerLine): string {
  if (kind === 'withdrawn') throw paymentCancelled();
  if (paymentIntent === undefined) {
    throw new Error(`The ledger's line ${entry} is a ${kind} of the sandbox, which Stripe cannot continue.`);
  }
  return paymentIntent;
}

/** Charges the card, and says what became of it. */
async function confirm(stripe: StripeCalls, { id }: Stripe.PaymentIntent, currency: string) {
  try {
    return { intent: await stripe.confirm(id) };
  } catch (error) {
    const refusal = stripeRefusal(error, currency);
    // Another attempt or the refund was faster.
    if (!refusal && !hasCode(error, ['payment_intent_unexpected_state'])) throw error;
    return { intent: await stripe.retrieve(id), refusal };
  }
}

/** A PaymentIntent that cannot change any more: one that might still be charged later is cancelled. */
async function closed(
  stripe: StripeCalls,
  intent: Stripe.PaymentIntent,
  reason: Parameters<StripeCalls['cancel']>[1],
): Promise<Stripe.PaymentIntent> {
  if (isFinal(intent)) return intent;
  const now = await stripe.cancel(intent.id, reason).catch((error) => {
    if (!hasCode(error, ['payment_intent_unexpected_state'])) throw error;
    return stripe.retrieve(intent.id);
  });
  if (!isFinal(now)) throw new Error(`Payment intent ${now.id} is ${now.status} and cannot be cancelled.`);
  return now;
}

/** Refunds what has not been refunded yet. */
async function giveBack(stripe: StripeCalls, intent: Stripe.PaymentIntent, jobId: string): Promise<void> {
  const charge = chargeOf(intent);
  const due = charge ? charge.amount_captured - charge.amount_refunded : intent.amount_received;
  if (due === 0) return;
  const refund = await stripe
    .refund({ payment_intent: intent.id, amount: due, metadata: { jobId } })
    .catch((error) => {
      if (!hasCode(error, alreadyReturned)) throw error;
    });
  if (refund?.status === 'failed' || refund?.status === 'canceled')
    throw new Error(`Refund ${refund.id} of payment intent ${intent.id} is ${refund.status}.`);
}

const isFinal = ({ status }: Stripe.PaymentIntent): boolean =>
  status === 'succeeded' || status === 'canceled';

/** The charge of an intent that was retrieved. */
function chargeOf({ latest_charge }: Stripe.PaymentIntent): Stripe.Charge | undefined {
  return typeof latest_charge === 'object' && latest_charge ? latest_charge : undefined;
}

function isReversed(intent: Stripe.PaymentIntent): boolean {
  const charge = chargeOf(intent);
  return charge !== undefined && (charge.refunded || charge.disputed);
}

const hasCode = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError &&
  error.code !== undefined &&
  codes.includes(error.code);
