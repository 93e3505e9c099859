import { describe, expect, it } from '@jest/globals';
import { createPayments } from '../../../../lambdas/wiring/payments.ts';

describe('the payment provider', () => {
  it.each([
    { PAYMENT_PROVIDER: 'sandbox' as const, LEDGER_TABLE: 'ledger' },
    {
      PAYMENT_PROVIDER: 'stripe' as const,
      STRIPE_SECRET_ARN: 'arn:aws:secretsmanager:x',
      LEDGER_TABLE: 'ledger',
    },
  ])('is ready with %j', (chosen) => {
    const payments = createPayments(chosen);

    expect(payments.charge).toBeInstanceOf(Function);
  });
});
