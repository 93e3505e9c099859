import { createLedger } from '../adapters/ledger.ts';
import { createSandboxPayments } from '../adapters/sandbox-payments.ts';
import { createStripePayments } from '../adapters/stripe-payments.ts';
import type { Payments } from '../ports/payments.ts';
import type { PaymentVariables } from '../runtime/environment.ts';

/** The payment provider of this deployment. */
export function createPayments(environment: PaymentVariables): Payments {
  const clock = () => new Date();
  const table = environment.LEDGER_TABLE;
  if (environment.PAYMENT_PROVIDER === 'stripe') {
    const ledger = createLedger({ table, clock });
    return createStripePayments({ secretArn: environment.STRIPE_SECRET_ARN, ledger, clock });
  }
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return createSandboxPayments({ table, clock, sleep });
}
