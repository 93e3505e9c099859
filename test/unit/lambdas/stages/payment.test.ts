import { describe, expect, it } from '@jest/globals';
import { OrderRefused } from '../../../../domain/protocol/errors.ts';
import { createPayment } from '../../../../lambdas/stages/payment.ts';
import { aSubmittedOrder, jobId } from '../../../support/builders.ts';
import { memoryPayments } from '../../../support/fake-services.ts';

describe('payment', () => {
  it('charges the total under a key made of the job', async () => {
    const payments = memoryPayments();

    await createPayment({ payments })(aSubmittedOrder());

    expect(payments.charges).toEqual([
      { key: `${jobId}:charge`, jobId, amount: 3998, currency: 'EUR', token: 'tok_visa' },
    ]);
  });

  it('charges once when it is repeated', async () => {
    const payments = memoryPayments();
    const pay = createPayment({ payments });

    await pay(aSubmittedOrder());
    await pay(aSubmittedOrder());

    expect(payments.charges).toHaveLength(1);
  });

  it('passes on what the provider says', async () => {
    const refusal = new OrderRefused('card_declined', 'The card was declined.');
    const payments = memoryPayments(() => {
      throw refusal;
    });

    await expect(createPayment({ payments })(aSubmittedOrder())).rejects.toBe(refusal);
  });

  it('charges nothing when the token is gone', async () => {
    const payments = memoryPayments();

    await expect(createPayment({ payments })(aSubmittedOrder({ paymentToken: undefined }))).rejects.toThrow(
      'no longer has a payment token',
    );

    expect(payments.charges).toEqual([]);
  });
});
