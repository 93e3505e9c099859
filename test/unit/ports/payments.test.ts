import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderRefused } from '../../../domain/protocol/errors.ts';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createLedger } from '../../../lambdas/adapters/ledger.ts';
import { createSandboxPayments } from '../../../lambdas/adapters/sandbox-payments.ts';
import { createStripePayments } from '../../../lambdas/adapters/stripe-payments.ts';
import type { Payments } from '../../../lambdas/ports/payments.ts';
import { jobId, later, now } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryPayments } from '../../support/fake-services.ts';
import { type FakeStripe, startFakeStripe } from '../../support/fake-stripe.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

/** A provider, and the money that it moved: `charge 3998`, `refund 3998`. */
interface Opened {
  readonly payments: Payments;
  readonly money: () => Promise<string[]>;
}

/** Tokens of a provider. */
interface Tokens {
  readonly good: string;
  readonly declined?: string;
  readonly unknown?: string;
}

const aCharge = { key: `${jobId}:charge`, jobId, amount: 3998, currency: 'EUR', token: 'tok_visa' };
const aRefund = {
  key: `${jobId}:refund`,
  chargeKey: aCharge.key,
  jobId,
  amount: 3998,
  currency: 'EUR',
};

/** Pauses that were made. */
const slept: number[] = [];

async function linesOf(table: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await createDocumentClient().send(new ScanCommand({ TableName: table }));
  return Items;
}

function sandboxOf(table: string): Opened {
  const sleep = async (ms: number) => void slept.push(ms);
  return {
    payments: createSandboxPayments({ table, clock: () => later(5), sleep }),
    async money() {
      const lines = await linesOf(table);
      return lines
        .filter(({ amount }) => amount !== undefined)
        .map(({ kind, amount }) => `${kind} ${amount}`)
        .sort();
    },
  };
}

function inMemory(): Opened {
  const payments = memoryPayments();
  const money = async () => [
    ...payments.charges.map(({ amount }) => `charge ${amount}`),
    ...payments.refunds.map(({ amount }) => `refund ${amount}`),
  ];
  return { payments, money };
}

const fakes: FakeStripe[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.stop();
});

async function throughStripe(): Promise<Opened> {
  const stripe = await startFakeStripe();
  fakes.push(stripe);
  const clock = () => now;
  const ledger = createLedger({ table: await dynamodb.createTable('Ledger'), clock });
  const { connect } = stripe;
  const secrets = stripe.secrets().reader;
  return {
    payments: createStripePayments({ secretArn: 'arn', ledger, clock, connect, secrets }),
    money: async () => stripe.money.toSorted(),
  };
}

const providers: readonly (readonly [string, Tokens, () => Opened | Promise<Opened>])[] = [
  ['in memory', { good: 'tok_visa' }, inMemory],
  [
    'in the sandbox',
    { good: 'tok_visa', declined: 'tok_declined', unknown: 'tok_unknown' },
    async () => sandboxOf(await dynamodb.createTable('Ledger')),
  ],
  [
    'through Stripe',
    { good: 'pm_card_visa', declined: 'pm_card_chargeDeclined', unknown: 'unknown' },
    throughStripe,
  ],
];

describe.each(providers)('payments %s', (_, tokens, open) => {
  const charge = { ...aCharge, token: tokens.good };
  let { payments, money } = {} as Opened;
  beforeEach(async () => {
    ({ payments, money } = await open());
  });

  /** A charge that a refund may overtake. */
  async function chargeUnlessRefunded(): Promise<void> {
    await payments.charge(charge).catch((error) => {
      if (!(error instanceof OrderRefused)) throw error;
    });
  }

  it('are charged once under a key, however often that is requested', async () => {
    await payments.charge(charge);
    await payments.charge({ ...charge, amount: 50 });

    expect(await money()).toEqual(['charge 3998']);
  });

  it('are charged once under a key when many requests come at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => payments.charge(charge)));

    expect(await money()).toEqual(['charge 3998']);
  });

  it('are charged once for each key', async () => {
    await payments.charge(charge);
    await payments.charge({ ...charge, key: 'another' });

    expect(await money()).toEqual(['charge 3998', 'charge 3998']);
  });

  it('are refunded once, however often that is requested', async () => {
    await payments.charge(charge);

    await payments.refund(aRefund);
    await Promise.all([payments.refund(aRefund), payments.refund(aRefund)]);

    expect(await money()).toEqual(['charge 3998', 'refund 3998']);
  });

  it('are not charged again under the same key after the refund', async () => {
    await payments.charge(charge);
    await payments.refund(aRefund);

    await chargeUnlessRefunded();

    expect(await money()).toEqual(['charge 3998', 'refund 3998']);
  });

  it('are refused, neither charged nor refunded, when the refund came before the charge', async () => {
    await payments.refund(aRefund);
    await expect(payments.charge(charge)).rejects.toMatchObject({
      name: 'OrderRefused',
      code: 'payment_cancelled',
    });
    await payments.refund(aRefund);

    expect(await money()).toEqual([]);
  });

  it('are balanced when a charge and its refund come at the same time', async () => {
    await Promise.all([chargeUnlessRefunded(), payments.refund(aRefund)]);

    expect([[], ['charge 3998', 'refund 3998']]).toContainEqual(await money());
  });

  it('of zero charge nobody and refund nothing, whatever the token and the currency', async () => {
    await payments.charge({ ...charge, amount: 0, token: 'nonsense', currency: 'XXX' });
    await payments.refund({ ...aRefund, amount: 0 });

    expect(await money()).toEqual([]);
  });
});

describe.each(providers.slice(1))('payments %s are refused for good', (_, tokens, open) => {
  let { payments, money } = {} as Opened;
  beforeEach(async () => {
    ({ payments, money } = await open());
  });

  it.each([
    ['the card is declined', 'card_declined', { token: tokens.declined }],
    ['the token is unknown', 'invalid_token', { token: tokens.unknown }],
    ['the amount is too small', 'unsupported_amount', { amount: 49 }],
    ['the amount is too large', 'unsupported_amount', { amount: 100_000_000 }],
    ['the amount has too many digits', 'unsupported_amount', { amount: 12_345, currency: 'KWD' }],
    ['the currency is not charged', 'unsupported_amount', { currency: 'IQD', amount: 10_000 }],
  ])('when %s', async (_case, code, override) => {
    const charging = payments.charge({ ...aCharge, token: tokens.good, ...(override as object) });

    await expect(charging).rejects.toMatchObject({ name: 'OrderRefused', code });
    expect(await money()).toEqual([]);
  });
});

describe('the sandbox', () => {
  let table: string;
  let { payments, money } = {} as Opened;
  beforeEach(async () => {
    slept.length = 0;
    table = await dynamodb.createTable('Ledger');
    ({ payments, money } = sandboxOf(table));
  });

  const charge = (token: string) => payments.charge({ ...aCharge, token });

  it('keeps a ledger with one line for a charge and one for its refund, without the token', async () => {
    await charge('tok_visa');
    await payments.refund(aRefund);

    const money = { jobId, amount: 3998, currency: 'EUR', at: later(5).toISOString() };
    expect(new Set(await linesOf(table))).toEqual(
      new Set([
        { entry: aCharge.key, kind: 'charge', ...money },
        { entry: aRefund.key, kind: 'refund', ...money },
      ]),
    );
  });

  it('takes three seconds over tok_slow', async () => {
    await charge('tok_slow');

    expect(slept).toEqual([3_000]);
    expect(await money()).toEqual(['charge 3998']);
  });

  it('takes no time over tok_visa', async () => {
    await charge('tok_visa');

    expect(slept).toEqual([]);
  });

  it('fails twice for tok_flaky, then charges', async () => {
    const unavailable = { name: 'PaymentGatewayUnavailable' };

    await expect(charge('tok_flaky')).rejects.toMatchObject(unavailable);
    await expect(charge('tok_flaky')).rejects.toMatchObject(unavailable);
    expect(await money()).toEqual([]);

    await charge('tok_flaky');
    expect(await money()).toEqual(['charge 3998']);
  });

  it.each([
    ['tok_declined', 'card_declined'],
    ['tok_unknown', 'invalid_token'],
    ['', 'invalid_token'],
  ])('refuses %j for good with %s and charges nothing', async (token, code) => {
    await expect(charge(token)).rejects.toMatchObject({ name: 'OrderRefused', code });

    expect(await linesOf(table)).toEqual([]);
  });

  it('fails to charge when the ledger is unavailable', async () => {
    const { payments: missing } = sandboxOf('missing');

    await expect(missing.charge(aCharge)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
