import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createSandboxPayments } from '../../../lambdas/adapters/sandbox-payments.ts';
import type { Payments } from '../../../lambdas/ports/payments.ts';
import { jobId, later, now } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryPayments } from '../../support/fake-services.ts';

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

  it('are charged once under a key, however often that is requested', async () => {
    await payments.charge(aCharge);
    await payments.charge({ ...aCharge, amount: 1 });

    expect(await money()).toEqual(['charge 3998']);
  });

  it('are charged once under a key when many requests come at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => payments.charge(aCharge)));

    expect(await money()).toEqual(['charge 3998']);
  });

  it('are charged once for each key', async () => {
    await payments.charge(aCharge);
    await payments.charge({ ...aCharge, key: 'another' });

    expect(await money()).toEqual(['charge 3998', 'charge 3998']);
  });

  it('are refunded once, however often that is requested', async () => {
    await payments.charge(aCharge);

    await payments.refund(aRefund);
    await Promise.all([payments.refund(aRefund), payments.refund(aRefund)]);

    expect(await money()).toEqual(['charge 3998', 'refund 3998']);
  });

  it('are not charged again under the same key after the refund', async () => {
    await payments.charge(aCharge);
    await payments.refund(aRefund);

    await payments.charge(aCharge);

    expect(await money()).toEqual(['charge 3998', 'refund 3998']);
  });

  it('are neither charged nor refunded when the refund came before the charge', async () => {
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
