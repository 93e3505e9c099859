import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import { OrderRefused } from '../../domain/errors.ts';
import type { Payments } from '../ports.ts';

/**
 * Charges through Stripe. Its idempotency keys make a repeated charge the same charge
 * (https://docs.stripe.com/api/idempotent_requests).
 *
 * @param config.secretArn - Secrets Manager secret that holds the Stripe API key
 * @param connect - makes the Stripe client from the API key
 */
export function createStripePayments(
  { secretArn }: { readonly secretArn: string },
  connect: (apiKey: string) => Pick<Stripe, 'paymentIntents'> = (apiKey) =>
    new Stripe(apiKey, { maxNetworkRetries: 2 }),
  secrets: Pick<SecretsManagerClient, 'send'> = new SecretsManagerClient(),
): Payments {
  let stripe: Promise<Pick<Stripe, 'paymentIntents'>> | undefined;

  return {
    async charge({ key, jobId, amount, currency, token }) {
      stripe ??= open();
      const client = await stripe.catch((error) => {
        stripe = undefined;
        throw error;
      });
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
  };

  async function open() {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (!SecretString)
      throw new Error(`The secret ${secretArn} holds no text; put the Stripe API key there.`);
    return connect(SecretString);
  }
}

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
