import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import { minorUnitDigits } from '../../domain/order/currency.ts';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { Clock, Payments } from '../ports.ts';
import { callLimits } from './call-limits.ts';

/** Two attempts of 7 s and a pause end within the stage's 20 s, and leave it the time to record the failure. */
const stripeLimits = { timeout: 7_000, maxNetworkRetries: 1 };

/** The parts of Stripe's API that are used. */
export type StripeApi = Pick<Stripe, 'paymentIntents' | 'refunds'>;

/**
 * How late the search may be, in milliseconds: a minute usually, more during outages
 * (https://docs.stripe.com/search#data-freshness). The list covers this time, a hundred charges a page.
 */
const searchLagMs = 3_600_000;

/**
 * Charges through Stripe. Its idempotency keys make a repeated charge the same charge
 * (https://docs.stripe.com/api/idempotent_requests).
 *
 * @param config.secretArn - Secrets Manager secret that holds the Stripe API key
 * @param connect - makes the Stripe client from the API key
 */
export function createStripePayments(
  { secretArn }: { readonly secretArn: string },
  connect: (apiKey: string) => StripeApi = (apiKey) => new Stripe(apiKey, stripeLimits),
  secrets: Pick<SecretsManagerClient, 'send'> = new SecretsManagerClient(callLimits),
  clock: Clock = () => new Date(),
): Payments {
  let stripe: Promise<StripeApi> | undefined;

  return {
    async charge({ key, jobId, amount, currency, token }) {
      const client = await connected();
      const intent = await client.paymentIntents
        .create(
          {
            amount: stripeAmount(amount, currency),
            currency: currency.toLowerCase(),
            confirm: true,
            off_session: true,
            // Other methods are paid days later, and the stage would have to wait for them.
            allowed_payment_method_types: ['card'],
            payment_method: token,
            metadata: { jobId },
          },
          { idempotencyKey: key },
        )
        .catch((error) => {
          throw refusalOf(error, currency) ?? error;
        });
      if ((await settled(client, intent)) === 'canceled') {
        throw new OrderRefused(
          'payment_incomplete',
          'The payment needs a step that nobody is there to take.',
        );
      }
    },

    async refund({ key, jobId, submittedAt }) {
      const client = await connected();
      const gte = Math.max(Date.parse(submittedAt), clock().getTime() - searchLagMs);
      // The search is quick but late; the list is exact but long.
      const found =
        (await first(client.paymentIntents.search({ query: `metadata['jobId']:'${jobId}'` }), jobId)) ??
        (await first(
          client.paymentIntents.list({ created: { gte: Math.floor(gte / 1000) }, limit: 100 }),
          jobId,
        ));
      if (!found || (await settled(client, found)) === 'canceled') return;
      await client.refunds.create({ payment_intent: found.id, metadata: { jobId } }, { idempotencyKey: key });
    },
  };

  async function connected(): Promise<StripeApi> {
    stripe ??= open();
    return stripe.catch((error) => {
      stripe = undefined;
      throw error;
    });
  }

  async function open(): Promise<StripeApi> {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (!SecretString)
      throw new Error(`The secret ${secretArn} holds no text; put the Stripe API key there.`);
    return connect(SecretString);
  }
}

/**
 * An amount in Stripe's unit, which is not ISO 4217's for a few currencies
 * (https://docs.stripe.com/currencies#special-cases).
 *
 * @throws OrderRefused when Stripe cannot charge it exactly
 */
function stripeAmount(amount: number, currency: string): number {
  if (currency === 'ISK' || currency === 'UGX') return amount * 100;
  // Whole ariary; and of three decimal digits, the last must be zero.
  const step = currency === 'MGA' ? 100 : minorUnitDigits(currency) === 3 ? 10 : 1;
  if (amount % step !== 0) throw unsupported(currency);
  return currency === 'MGA' ? amount / step : amount;
}

const unsupported = (currency: string): OrderRefused =>
  new OrderRefused('unsupported_amount', `The payment provider cannot charge this amount in ${currency}.`);

/** The payment intent of a job that charged, or any of it. */
async function first(intents: AsyncIterable<Stripe.PaymentIntent>, jobId: string) {
  for await (const intent of intents) if (intent.metadata.jobId === jobId) return intent;
  return undefined;
}

const ends = ['succeeded', 'canceled'] as const;

const endOf = ({ status }: Stripe.PaymentIntent) => ends.find((end) => end === status);

/** The end of an intent; one that might still charge some day is cancelled. */
async function settled(
  { paymentIntents }: StripeApi,
  intent: Stripe.PaymentIntent,
): Promise<(typeof ends)[number]> {
  const end = endOf(intent) ?? endOf(await cancel(intent.id));
  if (!end) throw new Error(`The payment ${intent.id} can neither be cancelled nor waited for.`);
  return end;

  async function cancel(id: string): Promise<Stripe.PaymentIntent> {
    try {
      return await paymentIntents.cancel(id);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      // It has ended meanwhile, or an earlier attempt cancelled it.
      return paymentIntents.retrieve(id);
    }
  }
}

/** The provider's final no; undefined for anything that a retry may mend. */
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
