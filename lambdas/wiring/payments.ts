import { createSandboxPayments } from '../adapters/sandbox-payments.ts';
import { createStripePayments } from '../adapters/stripe-payments.ts';
import type { Payments } from '../ports/payments.ts';
import type { PaymentVariables } from '../runtime/environment.ts';

/** The payment provider of this deployment. */
export function createPayments(environment: PaymentVariables): Payments {
  if (environment.PAYMENT_PROVIDER === 'stripe') {
    return createStripePayments({ secretArn: environment.STRIPE_SECRET_ARN });
  }
  return createSandboxPayments({
    table: environment.LEDGER_TABLE,
    clock: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}
