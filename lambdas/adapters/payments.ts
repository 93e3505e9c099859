import type { Payments } from '../ports.ts';
import { createSandboxPayments } from './sandbox-payments.ts';
import { createStripePayments } from './stripe-payments.ts';

export interface PaymentEnvironment {
  readonly PAYMENT_PROVIDER: 'sandbox' | 'stripe';
  readonly LEDGER_TABLE?: string | undefined;
  readonly STRIPE_SECRET_ARN?: string | undefined;
}

/** The payment provider that the deployment chose. */
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
  if (value === undefined) throw new Error(`${name} is not set, and the chosen payment provider needs it.`);
  return value;
}
