import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createStripePayments } from '../../../../lambdas/adapters/stripe-payments.ts';
import type { Payments } from '../../../../lambdas/ports/payments.ts';
import { jobId, now } from '../../../support/builders.ts';
import { memoryLedger } from '../../../support/fake-services.ts';
import { type FakeStripe, startFakeStripe, stripeError } from '../../../support/fake-stripe.ts';

const secretArn = 'arn:aws:secretsmanager:eu-test-1:000000000000:secret:stripe';
const charge = { key: `${jobId}:charge`, jobId, amount: 3998, currency: 'EUR', token: 'pm_card_visa' };
const refund = {
  key: `${jobId}:refund`,
  chargeKey: charge.key,
  jobId,
  amount: charge.amount,
  currency: charge.currency,
};

let stripe: FakeStripe;
let ledger: ReturnType<typeof memoryLedger>;
let reads: string[];
let payments: Payments;
beforeEach(async () => {
  stripe = await startFakeStripe();
  ledger = memoryLedger();
  const secrets = stripe.secrets();
  reads = secrets.reads;
  payments = createStripePayments({
    secretArn,
    ledger,
    clock: () => now,
    connect: stripe.connect,
    secrets: secrets.reader,
  });
});
afterEach(() => stripe.stop());

/** Carries the request out, and answers that Stripe failed. */
const loseAnswer = (perform: () => object) => {
  perform();
  return stripeError(500, { type: 'api_error' });
};

/** A request that waits until it is let go. */
function held() {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    arrived,
    letGo: () => letGo(),
    intervene: async <T>(perform: () => T) => {
      arrive();
      await gate;
      return perform();
    },
  };
}

describe('a charge through Stripe', () => {
  it('is recorded before it is confirmed', async () => {
    stripe.next('confirm', (perform) => {
      expect(ledger.lines.get(charge.key)).toEqual({
        entry: charge.key,
        kind: 'intent',
        jobId,
        amount: 3998,
        currency: 'EUR',
        paymentIntent: 'pi_1',
      });
      return perform();
    });

    await payments.charge(charge);

    expect(stripe.requests).toEqual(['create', 'confirm']);
    expect(stripe.money).toEqual(['charge 3998']);
  });

  it('charges once, although no answer of Stripe ever arrives', async () => {
    stripe.next('create', loseAnswer);
    stripe.next('confirm', loseAnswer);

    await expect(payments.charge(charge)).rejects.toMatchObject({ statusCode: 500 });
    await expect(payments.charge(charge)).rejects.toMatchObject({ statusCode: 500 });
    await payments.charge(charge);

    expect(stripe.money).toEqual(['charge 3998']);
  });

  it.each(['create', 'confirm'] as const)('charges once when the connection of %s breaks', async (route) => {
    stripe.next(route, (perform) => {
      perform();
      return 'disconnect';
    });

    await payments.charge(charge);

    expect(stripe.money).toEqual(['charge 3998']);
    expect(stripe.requests.filter((request) => request === route)).toHaveLength(2);
  });

  it('charges once with a payment method that charges only once', async () => {
    const once = { ...charge, token: 'pm_once' };
    stripe.next('confirm', loseAnswer);

    await expect(payments.charge(once)).rejects.toMatchObject({ statusCode: 500 });
    await payments.charge(once);

    expect(stripe.money).toEqual(['charge 3998']);
  });

  it('cancels the intent that a faster attempt made superfluous', async () => {
    const slow = held();
    stripe.next('create', slow.intervene);

    const late = payments.charge(charge);
    await slow.arrived;
    await payments.charge(charge);
    slow.letGo();
    await late;

    expect(stripe.money).toEqual(['charge 3998']);
    expect(stripe.intentOf('pi_2').status).toBe('canceled');
  });

  it.each([
    ['JPY', 3998, 3998],
    ['ISK', 3998, 399_800],
    ['UGX', 3998, 399_800],
    ['MGA', 399_800, 3998],
    ['KWD', 3990, 3990],
  ])('gives amounts in the unit that Stripe has for %s', async (currency, amount, expected) => {
    await payments.charge({ ...charge, currency, amount });

    expect(stripe.money).toEqual([`charge ${expected}`]);
  });

  it.each([
    ['MGA', 399_850],
    ['KWD', 3998],
  ])('refuses what Stripe cannot charge exactly in %s', async (currency, amount) => {
    await expect(payments.charge({ ...charge, currency, amount })).rejects.toMatchObject({
      code: 'unsupported_amount',
    });

    expect(stripe.requests).toEqual([]);
  });

  it.each([
    ['the card has expired', 'pm_card_chargeDeclinedExpiredCard', 'expired_card'],
    ['the customer would have to be asked', 'pm_card_authenticationRequired', 'authentication_required'],
    ['the payment needs a step of the customer', 'pm_action', 'payment_incomplete'],
    ['the token is unknown', 'card', 'invalid_token'],
  ])('is refused for good, each time, when %s', async (_, token, code) => {
    await expect(payments.charge({ ...charge, token })).rejects.toMatchObject({ code });
    await expect(payments.charge({ ...charge, token })).rejects.toMatchObject({ code });

    expect(stripe.money).toEqual([]);
    expect(stripe.requests.filter((route) => route === 'confirm').length).toBeLessThan(2);
  });

  it('is not tried again on a card that was declined, although the answer was lost', async () => {
    const declined = { ...charge, token: 'pm_card_chargeDeclined' };
    stripe.next('confirm', loseAnswer);

    await expect(payments.charge(declined)).rejects.toMatchObject({ statusCode: 500 });
    await expect(payments.charge(declined)).rejects.toMatchObject({ code: 'card_declined' });

    expect(stripe.requests).toEqual(['create', 'confirm', 'retrieve', 'cancel']);
  });

  it('leaves nothing open that somebody could complete when it is refused', async () => {
    await expect(payments.charge({ ...charge, token: 'pm_action' })).rejects.toThrow();

    expect(stripe.intentOf('pi_1').status).toBe('canceled');
  });

  it('is refused when the token was used for another order', async () => {
    const once = { ...charge, token: 'pm_once' };
    await payments.charge(once);

    await expect(payments.charge({ ...once, key: 'another' })).rejects.toMatchObject({
      code: 'invalid_token',
    });
  });

  it('is refused when it was cancelled in the dashboard', async () => {
    stripe.next('confirm', () => {
      stripe.dashboard.cancel('pi_1');
      return stripeError(400, { code: 'payment_intent_unexpected_state' });
    });

    await expect(payments.charge(charge)).rejects.toMatchObject({ code: 'payment_cancelled' });
    expect(stripe.money).toEqual([]);
  });

  it.each([
    ['refunded', () => stripe.dashboard.refund('pi_1', 3998)],
    ['charged back', () => stripe.dashboard.dispute('pi_1')],
  ])('is refused when it was %s before the order knew of it', async (_, reverse) => {
    stripe.next('confirm', loseAnswer);
    await expect(payments.charge(charge)).rejects.toMatchObject({ statusCode: 500 });
    reverse();

    await expect(payments.charge(charge)).rejects.toMatchObject({ code: 'payment_reversed' });
  });

  it('is repeated while Stripe is still processing it', async () => {
    const slow = { ...charge, token: 'pm_processing' };

    await expect(payments.charge(slow)).rejects.toThrow('Payment intent pi_1 is still being processed.');
    stripe.dashboard.complete('pi_1');
    await payments.charge(slow);

    expect(stripe.money).toEqual(['charge 3998']);
  });

  it.each([
    ['Stripe is down', 500, { type: 'api_error' }],
    ['there are too many requests', 429, { code: 'rate_limit' }],
    ['another attempt holds the intent', 429, { code: 'lock_timeout' }],
    ['the API key lacks a permission', 403, {}],
    ['the account is not set up', 400, { code: 'account_invalid' }],
    ['the intent belongs to another account', 404, { code: 'resource_missing', param: 'intent' }],
  ])('is worth a retry when %s', async (_, status, error) => {
    stripe.next('confirm', () => stripeError(status, error));

    await expect(payments.charge(charge)).rejects.toMatchObject({ statusCode: status });
    await payments.charge(charge);

    expect(stripe.money).toEqual(['charge 3998']);
  });
});

describe('a refund through Stripe', () => {
  it('gives back the recorded charge and reads no other', async () => {
    await payments.charge(charge);

    await payments.refund(refund);

    expect(stripe.requests).toEqual(['create', 'confirm', 'retrieve', 'refund']);
    expect(stripe.money).toEqual(['charge 3998', 'refund 3998']);
  });

  it('asks Stripe nothing when nothing was recorded', async () => {
    await payments.refund(refund);

    expect(stripe.requests).toEqual([]);
    expect(ledger.lines.get(charge.key)).toEqual({ entry: charge.key, kind: 'withdrawn', jobId });
  });

  it.each(['create', 'confirm'] as const)('stops a charge whose %s is in flight', async (route) => {
    const late = held();
    stripe.next(route, late.intervene);
    const charging = payments.charge(charge).catch((error: Error) => error);
    await late.arrived;

    await payments.refund(refund);
    late.letGo();

    expect(await charging).toMatchObject({ name: 'OrderRefused', code: 'payment_cancelled' });
    expect(stripe.money).toEqual([]);
    expect(stripe.intentOf('pi_1').status).toBe('canceled');
  });

  it('is worth a retry while Stripe is still processing the charge', async () => {
    await expect(payments.charge({ ...charge, token: 'pm_processing' })).rejects.toThrow('processed');

    await expect(payments.refund(refund)).rejects.toThrow('pi_1 is processing and cannot be cancelled');
    stripe.dashboard.complete('pi_1');
    await payments.refund(refund);

    expect(stripe.money).toEqual(['charge 3998', 'refund 3998']);
  });

  it.each([
    ['refunded in the dashboard', () => stripe.dashboard.refund('pi_1', 3998), ['refund 3998']],
    ['charged back', () => stripe.dashboard.dispute('pi_1'), []],
    ['refunded in part', () => stripe.dashboard.refund('pi_1', 1_000), ['refund 1000', 'refund 2998']],
    [
      'refunded in the dashboard at the same moment',
      () =>
        stripe.next('refund', (perform) => {
          stripe.dashboard.refund('pi_1', 3998);
          return perform();
        }),
      ['refund 3998'],
    ],
  ])('succeeds when the charge was %s', async (_, happen, expected) => {
    await payments.charge(charge);
    happen();

    await payments.refund(refund);

    expect(stripe.money).toEqual(['charge 3998', ...expected]);
  });

  it('succeeds when the intent was cancelled in the dashboard', async () => {
    stripe.next('confirm', () => stripeError(500, { type: 'api_error' }));
    await expect(payments.charge(charge)).rejects.toThrow();
    stripe.dashboard.cancel('pi_1');

    await payments.refund(refund);

    expect(stripe.money).toEqual([]);
  });

  it.each([
    ['is out of money', 400, { code: 'balance_insufficient' }],
    ['does not refund the charge', 400, { code: 'charge_not_refundable' }],
    ['was asked for more than is left', 400, { param: 'amount' }],
    ['is down', 500, { type: 'api_error' }],
  ])('is worth a retry when Stripe %s', async (_, status, error) => {
    await payments.charge(charge);
    stripe.next('refund', () => stripeError(status, error));

    await expect(payments.refund(refund)).rejects.toMatchObject({ statusCode: status });
    await payments.refund(refund);

    expect(stripe.money).toEqual(['charge 3998', 'refund 3998']);
  });

  it('gives back once, although the answer was lost', async () => {
    await payments.charge(charge);
    stripe.next('refund', loseAnswer);

    await expect(payments.refund(refund)).rejects.toMatchObject({ statusCode: 500 });
    await payments.refund(refund);

    expect(stripe.money).toEqual(['charge 3998', 'refund 3998']);
  });

  it('is worth a retry when the refund failed at once', async () => {
    await payments.charge(charge);
    stripe.next('refund', () => ({ status: 200, body: { id: 're_1', status: 'failed' } }));

    await expect(payments.refund(refund)).rejects.toThrow('Refund re_1 of payment intent pi_1 is failed.');
  });

  it('fails for a charge of the sandbox, which Stripe does not know', async () => {
    await ledger.enter({ entry: charge.key, kind: 'charge', jobId });

    await expect(payments.refund(refund)).rejects.toThrow(`${charge.key} is a charge of the sandbox`);
  });
});

describe('payments through Stripe', () => {
  const route = fc.constantFrom('create', 'confirm', 'retrieve', 'cancel', 'refund');
  const fault = fc.record({ route, isLost: fc.boolean() });

  it('are charged once at most and balanced after a refund, whatever fails and in whatever order', async () => {
    let run = 0;
    const attempts = fc.array(fc.constantFrom('charge', 'refund'), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), attempts, async (faults, requested) => {
        const key = `order ${++run}`;
        const before = stripe.money.length;
        for (const { route, isLost } of faults)
          stripe.next(route, isLost ? loseAnswer : () => stripeError(500, { type: 'api_error' }));

        await Promise.allSettled(
          requested.map((request) =>
            request === 'charge'
              ? payments.charge({ ...charge, key })
              : payments.refund({ ...refund, chargeKey: key }),
          ),
        );
        stripe.recover();
        const isPaid = await payments.charge({ ...charge, key }).then(
          () => true,
          () => false,
        );
        const charged = stripe.money.slice(before);
        await payments.refund({ ...refund, chargeKey: key });
        await payments.charge({ ...charge, key }).catch(() => {});
        const moved = stripe.money.slice(before);

        if (isPaid) expect(charged).toEqual(['charge 3998']);
        expect([[], ['charge 3998', 'refund 3998']]).toContainEqual(moved);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the API key', () => {
  it('is read once for many charges', async () => {
    await Promise.all([payments.charge(charge), payments.charge({ ...charge, key: 'another' })]);

    expect(reads).toEqual(['sk_test_1']);
  });

  it('is read again at once when it was rolled', async () => {
    await payments.charge(charge);
    stripe.rollApiKey();

    await payments.refund(refund);

    expect(reads).toEqual(['sk_test_1', 'sk_test_11']);
    expect(stripe.money).toEqual(['charge 3998', 'refund 3998']);
  });

  it('is read again once, and the attempt fails, when Stripe rejects that one too', async () => {
    stripe.next('create', () => stripeError(401, {}));
    stripe.next('create', () => stripeError(401, {}));

    await expect(payments.charge(charge)).rejects.toMatchObject({ statusCode: 401 });

    expect(reads).toHaveLength(2);
    expect(stripe.requests).toEqual(['create', 'create']);
  });
});
