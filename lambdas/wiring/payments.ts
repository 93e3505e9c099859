import { createSandboxPayments } from '../adapters/sandbox-payments.ts';
import { createStripePayments } from '../adapters/stripe-payments.ts';
import type { Payments } from '../ports/payments.ts';

export interface PaymentEnvironment {
  readonly PAYMENT_PROVIDER: 'sandbox' | 'stripe';
  readonly LEDGER_TABLE?: string | undefined;
  readonly STRIPE_SECRET_ARN?: string | undefined;
}

/**
 * The payment provider of this deployment.
 *
 * @throws Error when a variable that the provider needs is not set
 */
export function createPayments(environment: PaymentEnvironment): Payments {
  if (environment.PAYMENT_PROVIDER === 'stripe') {
    return createStripePayments({ secretArn: required('STRIPE_SECRET_ARN', environment.STRIPE_SECRET_ARN) });
  }
  return createSandboxPayments({
    table: required('LEDGER_TABLE', environment.LEDGER_TABLE),
    clock: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`${name} is not set; the chosen payment provider needs it.`);
  return value;
}
