import Stripe from 'stripe';
import type { Clock } from '../ports/clock.ts';
import { createSecret, type SecretsReader } from './secret.ts';

/** The parts of the Stripe API that are used. */
export type StripeApi = Pick<Stripe, 'paymentIntents' | 'refunds'>;

export interface StripeCallsConfig {
  /** Secrets Manager secret that holds the Stripe API key. */
  readonly secretArn: string;
  readonly clock: Clock;
  /** Creates the client of an API key. */
  readonly connect?: (apiKey: string) => StripeApi;
  readonly secrets?: SecretsReader;
}

/** The calls of Stripe that a charge and a refund consist of. */
export type StripeCalls = ReturnType<typeof callsOf>;

/**
 * Time for all calls together, in milliseconds. One call of DynamoDB more and the function, whose timeout is 20 s, still
 * has time to record the failure. A call that is cut off is safe: the next attempt asks Stripe what became of it.
 */
const budgetMs = 11_000;

/** The state machine repeats what fails, so the client does not. */
const connectToStripe = (apiKey: string): StripeApi => new Stripe(apiKey, { maxNetworkRetries: 0 });

/**
 * Runs work that calls Stripe. When Stripe rejects the API key, it reads the secret again, because the key may have been
 * rolled, and repeats the work once.
 */
export function createStripeCalls({
  secretArn,
  clock,
  connect = connectToStripe,
  secrets,
}: StripeCallsConfig) {
  const clientOf = createSecret(secretArn, 'the Stripe API key', connect, secrets);

  return async <T>(work: (stripe: StripeCalls) => Promise<T>): Promise<T> => {
    const deadline = clock().getTime() + budgetMs;
    const options = () => ({ timeout: Math.max(1, deadline - clock().getTime()) });
    const client = await clientOf();
    try {
      return await work(callsOf(client, options));
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeAuthenticationError)) throw error;
      return work(callsOf(await clientOf(client), options));
    }
  };
}

function callsOf({ paymentIntents, refunds }: StripeApi, options: () => Stripe.RequestOptions) {
  return {
    create: (intent: Stripe.PaymentIntentCreateParams) => paymentIntents.create(intent, options()),
    retrieve: (id: string) => paymentIntents.retrieve(id, { expand: ['latest_charge'] }, options()),
    confirm: (id: string) => paymentIntents.confirm(id, { off_session: true }, options()),
    cancel: (id: string, reason: Stripe.PaymentIntentCancelParams.CancellationReason) =>
      paymentIntents.cancel(id, { cancellation_reason: reason }, options()),
    refund: (refund: Stripe.RefundCreateParams) => refunds.create(refund, options()),
  };
}
