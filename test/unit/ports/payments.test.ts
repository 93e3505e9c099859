import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createSandboxPayments } from '../../../lambdas/adapters/sandbox-payments.ts';
import type { Payments } from '../../../lambdas/ports/payments.ts';
import { jobId, later, now } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryPayments } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

/** A provider, and what it has taken and given back: `charge 3998`. */
interface Opened {
  readonly payments: Payments;
  readonly money: () => Promise<string[]>;
}

const aCharge = { key: `${jobId}:charge`, jobId, amount: 3998, currency: 'EUR', token: 'tok_visa' };
const aRefund = {
  key: `${jobId}:refund`,
  chargeKey: aCharge.key,
  jobId,
  submittedAt: now.toISOString(),
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

describe.each<[string, () => Promise<Opened>]>([
  [
    'in memory',
    async () => {
      const payments = memoryPayments();
      const money = async () => [
        ...payments.charges.map(({ amount }) => `charge ${amount}`),
        ...payments.refunds.map(({ amount }) => `refund ${amount}`),
      ];
      return { payments, money };
    },
  ],
  ['in the sandbox', async () => sandboxOf(await dynamodb.createTable('Ledger'))],
])('payments %s', (_, open) => {
  let { payments, money } = {} as Opened;
  beforeEach(async () => {
    ({ payments, money } = await open());
  });

  it('are charged once under a key, however often they are asked for', async () => {
    await payments.charge(aCharge);
    await payments.charge({ ...aCharge, amount: 1 });

    expect(await money()).toEqual(['charge 3998']);
  });

  it('are charged once under a key when many ask at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => payments.charge(aCharge)));

    expect(await money()).toEqual(['charge 3998']);
  });

  it('are charged under each key by itself', async () => {
    await payments.charge(aCharge);
    await payments.charge({ ...aCharge, key: 'another' });

    expect(await money()).toEqual(['charge 3998', 'charge 3998']);
  });

  it('are given back once, however often that is asked for', async () => {
    await payments.charge(aCharge);

    await payments.refund(aRefund);
    await Promise.all([payments.refund(aRefund), payments.refund(aRefund)]);

    expect(await money()).toEqual(['charge 3998', 'refund 3998']);
  });

  it('are not charged again under the same key once they are given back', async () => {
    await payments.charge(aCharge);
    await payments.refund(aRefund);

    await payments.charge(aCharge);

    expect(await money()).toEqual(['charge 3998', 'refund 3998']);
  });

  it('are never charged where a refund came first, and nothing is given back', async () => {
    await payments.refund(aRefund);
    await payments.charge(aCharge);
    await payments.refund(aRefund);

    expect(await money()).toEqual([]);
  });

  it('are balanced when a charge and its refund come at the same time', async () => {
    await Promise.all([payments.charge(aCharge), payments.refund(aRefund)]);

    expect([[], ['charge 3998', 'refund 3998']]).toContainEqual(await money());
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

  it('keeps a ledger with a line for a charge and one for its refund, and no token in it', async () => {
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

  it('does not pause over any other', async () => {
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

  it('does not say that it charged when the ledger is down', async () => {
    const { payments: missing } = sandboxOf('missing');

    await expect(missing.charge(aCharge)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
