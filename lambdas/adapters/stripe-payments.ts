import Stripe from 'stripe';
import { minorUnitDigits } from '../../domain/order/currency.ts';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Payments } from '../ports/payments.ts';
import { createSecret, type SecretsReader } from './secret.ts';

/** Two attempts of 7 s and the pause between them leave the stage, whose timeout is 20 s, time to record the failure. */
const stripeLimits = { timeout: 7_000, maxNetworkRetries: 1 };

/** The parts of the Stripe API that are used. */
export type StripeApi = Pick<Stripe, 'paymentIntents' | 'refunds'>;

/**
 * How far the search index may lag behind, in milliseconds: usually a minute, longer during outages
 * (https://docs.stripe.com/search#data-freshness). The list covers this time, with a hundred charges per page.
 */
const searchLagMs = 3_600_000;

/**
 * Payments through Stripe. With its idempotency keys a repeated request has no further effect
 * (https://docs.stripe.com/api/idempotent_requests).
 *
 * @param config.secretArn - Secrets Manager secret that holds the Stripe API key
 * @param connect - creates the Stripe client from the API key
 */
export function createStripePayments(
  { secretArn }: { readonly secretArn: string },
  connect: (apiKey: string) => StripeApi = (apiKey) => new Stripe(apiKey, stripeLimits),
  secrets?: SecretsReader,
  clock: Clock = () => new Date(),
): Payments {
  const stripe = createSecret(secretArn, 'the Stripe API key', connect, secrets);

  return {
    async charge({ key, jobId, amount, currency, token }) {
      const client = await stripe();
      const intent = await client.paymentIntents
        .create(
          {
            amount: stripeAmount(amount, currency),
            currency: currency.toLowerCase(),
            confirm: true,
            off_session: true,
            // Other payment methods settle days later, and the stage cannot wait for them.
            allowed_payment_method_types: ['card'],
            payment_method: token,
            metadata: { jobId },
          },
          { idempotencyKey: key },
        )
        .catch((error) => {
          throw refusalOf(error, currency) ?? error;
        });
      if ((await finalized(client, intent)) === 'canceled') {
        throw new OrderRefused(
          'payment_incomplete',
          'The payment requires an action by the customer, who is not present.',
        );
      }
    },

    async refund({ key, jobId, submittedAt }) {
      const client = await stripe();
      const gte = Math.max(Date.parse(submittedAt), clock().getTime() - searchLagMs);
      // The search is fast but may lag behind; the list is up to date but long.
      const found =
        (await firstOf(client.paymentIntents.search({ query: `metadata['jobId']:'${jobId}'` }), jobId)) ??
        (await firstOf(
          client.paymentIntents.list({ created: { gte: Math.floor(gte / 1000) }, limit: 100 }),
          jobId,
        ));
      if (!found || (await finalized(client, found)) === 'canceled') return;
      await client.refunds.create({ payment_intent: found.id, metadata: { jobId } }, { idempotencyKey: key });
    },
  };
}

/**
 * The amount in the unit that Stripe uses, which differs from ISO 4217 for a few currencies
 * (https://docs.stripe.com/currencies#special-cases).
 *
 * @throws OrderRefused when Stripe cannot charge the exact amount
 */
function stripeAmount(amount: number, currency: string): number {
  if (currency === 'ISK' || currency === 'UGX') return amount * 100;
  // Stripe charges whole ariary, and the last of three decimal digits must be zero.
  const step = currency === 'MGA' ? 100 : minorUnitDigits(currency) === 3 ? 10 : 1;
  if (amount % step !== 0) throw unsupported(currency);
  return currency === 'MGA' ? amount / step : amount;
}

const unsupported = (currency: string): OrderRefused =>
  new OrderRefused('unsupported_amount', `The payment provider cannot charge this amount in ${currency}.`);

/** The first payment intent of a job. */
async function firstOf(intents: AsyncIterable<Stripe.PaymentIntent>, jobId: string) {
  for await (const intent of intents) {
    const { jobId: itsJobId }: { readonly jobId?: string } = intent.metadata;
    if (itsJobId === jobId) return intent;
  }
  return undefined;
}

const finalStatuses = ['succeeded', 'canceled'] as const;

const finalStatusOf = ({ status }: Stripe.PaymentIntent) => finalStatuses.find((final) => final === status);

/** The final status of a payment intent. One that might still be charged later is cancelled. */
async function finalized(
  { paymentIntents }: StripeApi,
  intent: Stripe.PaymentIntent,
): Promise<(typeof finalStatuses)[number]> {
  const status = finalStatusOf(intent) ?? finalStatusOf(await cancel(intent.id));
  if (!status) throw new Error(`Payment intent ${intent.id} is still open and cannot be cancelled.`);
  return status;

  async function cancel(id: string): Promise<Stripe.PaymentIntent> {
    try {
      return await paymentIntents.cancel(id);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      // It became final in the meantime, or an earlier attempt cancelled it.
      return paymentIntents.retrieve(id);
    }
  }
}

/** The refusal that a Stripe error means; undefined for errors that a retry may solve. */
function refusalOf(error: unknown, currency: string): OrderRefused | undefined {
  if (error instanceof Stripe.errors.StripeCardError) {
    return new OrderRefused(error.code ?? 'card_declined', 'The card was declined.');
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    if (error.param === 'amount' || error.param === 'currency') return unsupported(currency);
    return new OrderRefused('invalid_token', 'The payment provider refused the payment token.');
  }
  return undefined;
}
