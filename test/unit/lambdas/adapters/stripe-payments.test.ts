import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { createStripePayments, type StripeApi } from '../../../../lambdas/adapters/stripe-payments.ts';
import { jobId } from '../../../support/builders.ts';

const secretArn = 'arn:aws:secretsmanager:eu-test-1:000000000000:secret:stripe';
const charge = { key: `${jobId}:charge`, jobId, amount: 3998, currency: 'EUR', token: 'pm_card_visa' };

/** Half an hour after the order was submitted. */
const at = new Date('2026-01-20T16:00:00.000Z');

/** Stripe behind these answers, and what it was asked. */
function setUp({
  create = async () => ({ id: 'pi_1', status: 'succeeded' }) as object,
  cancel = async () => ({ id: 'pi_1', status: 'canceled' }) as object,
  retrieved = {} as object,
  secret = async (): Promise<object> => ({ SecretString: 'sk_test' }),
  found = [] as object[],
  listed = [] as object[],
} = {}) {
  const asked: unknown[][] = [];
  const lookedFor: unknown[] = [];
  const cancelled: unknown[] = [];
  const refunds: unknown[][] = [];
  const apiKeys: string[] = [];
  const secretIds: unknown[] = [];
  const client = {
    paymentIntents: {
      create: (...call: unknown[]) => {
        asked.push(call);
        return create();
      },
      cancel: (id: string) => {
        cancelled.push(id);
        return cancel();
      },
      retrieve: async () => retrieved,
      search: (query: unknown) => {
        lookedFor.push(query);
        return each(found);
      },
      list: (query: unknown) => {
        lookedFor.push(query);
        return each(listed);
      },
    },
    refunds: {
      create: async (...call: unknown[]) => {
        refunds.push(call);
      },
    },
  } as unknown as StripeApi;
  const payments = createStripePayments(
    { secretArn },
    (apiKey) => {
      apiKeys.push(apiKey);
      return client;
    },
    {
      send: (command: { input: { SecretId?: string } }) => {
        secretIds.push(command.input.SecretId);
        return secret();
      },
    } as never,
    () => at,
  );
  return { payments, asked, lookedFor, cancelled, refunds, apiKeys, secretIds };
}

/** A page that Stripe goes through by itself. */
async function* each(items: readonly object[]) {
  yield* items;
}

const failing = (error: Error) => ({
  create: async (): Promise<object> => {
    throw error;
  },
});

describe('a charge through Stripe', () => {
  it('is confirmed at once under the key of the job', async () => {
    const { payments, asked } = setUp();

    await payments.charge(charge);

    expect(asked).toEqual([
      [
        expect.objectContaining({
          amount: 3998,
          currency: 'eur',
          confirm: true,
          off_session: true,
          payment_method: 'pm_card_visa',
          allowed_payment_method_types: ['card'],
          metadata: { jobId },
        }),
        { idempotencyKey: `${jobId}:charge` },
      ],
    ]);
  });

  it.each([
    ['JPY', 3998, 3998],
    ['ISK', 3998, 399_800],
    ['UGX', 3998, 399_800],
    ['MGA', 399_800, 3998],
    ['KWD', 3990, 3990],
  ])('gives amounts in the unit that Stripe has for %s', async (currency, amount, expected) => {
    const { payments, asked } = setUp();

    await payments.charge({ ...charge, currency, amount });

    expect(asked[0]?.[0]).toMatchObject({ amount: expected });
  });

  it.each([
    ['MGA', 399_850],
    ['KWD', 3998],
  ])('refuses what Stripe cannot charge exactly in %s', async (currency, amount) => {
    const { payments, asked } = setUp();

    await expect(payments.charge({ ...charge, currency, amount })).rejects.toMatchObject({
      code: 'unsupported_amount',
    });
    expect(asked).toEqual([]);
  });

  it('reads the API key once for many charges', async () => {
    const { payments, apiKeys, secretIds } = setUp();

    await Promise.all([payments.charge(charge), payments.charge(charge)]);
    await payments.charge(charge);

    expect(secretIds).toEqual([secretArn]);
    expect(apiKeys).toEqual(['sk_test']);
  });

  it('reads the API key again after a failure', async () => {
    const answers = [
      async () => {
        throw new Error('throttled');
      },
      async () => ({ SecretString: 'sk_test' }),
    ];
    const { payments, apiKeys } = setUp({ secret: () => answers.shift()?.() as Promise<object> });

    await expect(payments.charge(charge)).rejects.toThrow('throttled');
    await payments.charge(charge);

    expect(apiKeys).toEqual(['sk_test']);
  });

  it('fails with the way out when the secret is empty', async () => {
    const { payments } = setUp({ secret: async () => ({}) });

    await expect(payments.charge(charge)).rejects.toThrow('put the Stripe API key there');
  });

  it.each([
    [
      'the card is declined',
      new Stripe.errors.StripeCardError({ type: 'card_error', code: 'expired_card', message: 'Declined' }),
      'expired_card',
    ],
    [
      'the card is declined without a code',
      new Stripe.errors.StripeCardError({ type: 'card_error', message: 'Declined' }),
      'card_declined',
    ],
    [
      'the token is refused',
      new Stripe.errors.StripeInvalidRequestError({
        type: 'invalid_request_error',
        message: 'No such token',
      }),
      'invalid_token',
    ],
  ])('is refused for good when %s', async (_, error, code) => {
    const { payments } = setUp(failing(error));

    await expect(payments.charge(charge)).rejects.toMatchObject({ name: 'OrderRefused', code });
  });

  it('is refused for good when it needs a step of the customer', async () => {
    const { payments, cancelled } = setUp({
      create: async () => ({ id: 'pi_1', status: 'requires_action' }),
    });

    await expect(payments.charge(charge)).rejects.toMatchObject({ code: 'payment_incomplete' });

    // Nobody can complete it behind our back.
    expect(cancelled).toEqual(['pi_1']);
  });

  const unexpectedState = async (): Promise<object> => {
    throw new Stripe.errors.StripeInvalidRequestError({
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: 'It has ended.',
    });
  };

  it('is refused once more when an earlier attempt has cancelled it', async () => {
    const { payments } = setUp({
      create: async () => ({ id: 'pi_1', status: 'requires_action' }),
      cancel: unexpectedState,
      retrieved: { id: 'pi_1', status: 'canceled' },
    });

    await expect(payments.charge(charge)).rejects.toMatchObject({ code: 'payment_incomplete' });
  });

  it.each(['succeeded', 'processing'])('is no refusal when it turns out to be %s', async (status) => {
    const { payments } = setUp({
      create: async () => ({ id: 'pi_1', status: 'processing' }),
      cancel: unexpectedState,
      retrieved: { id: 'pi_1', status },
    });

    const outcome = await payments.charge(charge).catch((error: Error) => error.message);

    expect(outcome).toBe(
      status === 'succeeded' ? undefined : 'Payment intent pi_1 is still open and cannot be cancelled.',
    );
  });

  it('is worth a retry when what is incomplete could not be cancelled', async () => {
    const { payments } = setUp({
      create: async () => ({ id: 'pi_1', status: 'requires_action' }),
      cancel: async () => {
        throw new Stripe.errors.StripeAPIError({ type: 'api_error', message: 'down' });
      },
    });

    await expect(payments.charge(charge)).rejects.toThrow('down');
  });

  it.each([
    ['Stripe is down', new Stripe.errors.StripeAPIError({ type: 'api_error', message: 'down' })],
    ['the network is down', new Stripe.errors.StripeConnectionError({ type: 'api_error', message: 'down' })],
    [
      'there are too many requests',
      new Stripe.errors.StripeRateLimitError({ type: 'rate_limit_error', message: 'slow' } as never),
    ],
    [
      'the API key is wrong',
      new Stripe.errors.StripeAuthenticationError({ type: 'authentication_error', message: 'key' } as never),
    ],
  ])('is worth a retry when %s', async (_, error) => {
    const { payments } = setUp(failing(error));

    await expect(payments.charge(charge)).rejects.toBe(error);
  });
});

describe('a refund through Stripe', () => {
  const refund = {
    key: `${jobId}:refund`,
    chargeKey: `${jobId}:charge`,
    jobId,
    submittedAt: '2026-01-20T15:30:00.000Z',
    amount: 3998,
    currency: 'EUR',
  };
  const intentOf = (metadata: object, status = 'succeeded') => ({ id: 'pi_1', status, metadata });

  it.each([
    ['that the search finds', { found: [intentOf({ jobId })] }],
    ['that only the list has yet', { listed: [intentOf({ jobId: 'another' }), intentOf({ jobId })] }],
  ])('gives back the charge %s, under the key of the job', async (_, answers) => {
    const { payments, refunds } = setUp(answers);

    await payments.refund(refund);

    expect(refunds).toEqual([
      [{ payment_intent: 'pi_1', metadata: { jobId } }, { idempotencyKey: `${jobId}:refund` }],
    ]);
  });

  it('looks for the job, and among all charges only while the search may not know them yet', async () => {
    const { payments, lookedFor } = setUp();
    const query = `metadata['jobId']:'${jobId}'`;

    await payments.refund(refund);
    await payments.refund({ ...refund, submittedAt: '2026-01-19T15:30:00.000Z' });

    expect(lookedFor).toEqual([
      { query },
      { created: { gte: Date.parse(refund.submittedAt) / 1000 }, limit: 100 },
      { query },
      { created: { gte: at.getTime() / 1000 - 3_600 }, limit: 100 },
    ]);
  });

  it('cancels what might still be charged, and gives nothing back', async () => {
    const { payments, refunds, cancelled } = setUp({ found: [intentOf({ jobId }, 'requires_action')] });

    await payments.refund(refund);

    expect(cancelled).toEqual(['pi_1']);
    expect(refunds).toEqual([]);
  });

  it.each([
    ['nothing was charged', {}],
    ['the charge did not succeed', { found: [intentOf({ jobId }, 'canceled')] }],
    ['only others were charged', { listed: [intentOf({})] }],
  ])('gives nothing back when %s', async (_, answers) => {
    const { payments, refunds } = setUp(answers);

    await payments.refund(refund);

    expect(refunds).toEqual([]);
  });
});
