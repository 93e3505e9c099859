import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import { OrderRefused } from '../../domain/errors.ts';
import type { Payments } from '../ports.ts';
import { callLimits } from './call-limits.ts';

/** Two attempts of 7 s and a pause end within the stage's 20 s, and leave it the time to record the failure. */
const stripeLimits = { timeout: 7_000, maxNetworkRetries: 1 };

/** The parts of Stripe's API that are used. */
export type StripeApi = Pick<Stripe, 'paymentIntents' | 'refunds'>;

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
): Payments {
  let stripe: Promise<StripeApi> | undefined;

  return {
    async charge({ key, jobId, amount, currency, token }) {
      const client = await connected();
      try {
        const intent = await client.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            confirm: true,
            off_session: true,
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            payment_method: token,
            metadata: { jobId },
          },
          { idempotencyKey: key },
        );
        if (intent.status !== 'succeeded') {
          throw new OrderRefused(
            'payment_incomplete',
            'The payment needs a step that nobody is there to take.',
          );
        }
      } catch (error) {
        throw refusalOf(error) ?? error;
      }
    },

    async refund({ key, jobId, submittedAt }) {
      const client = await connected();
      // The search is quick but a minute late; the list is exact but long.
      const found =
        (await first(client.paymentIntents.search({ query: `metadata['jobId']:'${jobId}'` }), jobId)) ??
        (await first(
          client.paymentIntents.list({ created: { gte: seconds(submittedAt) }, limit: 100 }),
          jobId,
        ));
      if (found?.status !== 'succeeded') return;
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

/** The payment intent of a job that charged, or any of it. */
async function first(intents: AsyncIterable<Stripe.PaymentIntent>, jobId: string) {
  for await (const intent of intents) if (intent.metadata.jobId === jobId) return intent;
  return undefined;
}

const seconds = (at: string): number => Math.floor(Date.parse(at) / 1000);

/** The provider's final no; undefined for anything that a retry may mend. */
function refusalOf(error: unknown): OrderRefused | undefined {
  if (error instanceof Stripe.errors.StripeCardError) {
    return new OrderRefused(error.code ?? 'card_declined', 'The card was declined.');
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    return new OrderRefused('invalid_token', 'The payment provider refused the payment token.');
  }
  return undefined;
}
