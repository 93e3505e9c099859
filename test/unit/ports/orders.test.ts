import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDocumentClient } from '../../../lambdas/adapters/dynamodb.ts';
import { createOrders } from '../../../lambdas/adapters/orders.ts';
import type { Orders } from '../../../lambdas/ports/orders.ts';
import { anOrderRecord, later, now, orderId } from '../../support/builders.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryOrders } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

const jobExpiresAt = new Date('2026-02-19T15:30:00.000Z');
const { paymentToken: _, ...withoutToken } = anOrderRecord();
const created = { ...withoutToken, createdAt: later(1).toISOString() };
const voided = { ...withoutToken, voidedAt: later(2).toISOString() };

describe.each<[string, () => Promise<Orders>]>([
  ['in memory', async () => memoryOrders()],
  ['in DynamoDB', async () => createOrders({ table: await dynamodb.createTable('Orders') })],
])('orders %s', (_, open) => {
  let orders: Orders;
  beforeEach(async () => {
    orders = await open();
    await orders.submit(anOrderRecord(), jobExpiresAt);
  });

  it('know nothing of an order that was never submitted', async () => {
    expect(await orders.get('ord_other')).toBeUndefined();
  });

  describe('a submission', () => {
    it('is kept as it is', async () => {
      expect(await orders.get(orderId)).toEqual(anOrderRecord());
    });

    it('is not replaced by another under its id', async () => {
      await orders.submit(anOrderRecord({ email: 'grace@example.com' }), jobExpiresAt);

      expect(await orders.get(orderId)).toEqual(anOrderRecord());
    });

    it('does not take back what became of an earlier one', async () => {
      await orders.create(orderId, later(1));

      await orders.submit(anOrderRecord(), jobExpiresAt);

      expect(await orders.get(orderId)).toEqual(created);
    });
  });

  describe('creating an order', () => {
    it('makes one of the submission, and forgets the payment token', async () => {
      await orders.create(orderId, later(1));

      expect(await orders.get(orderId)).toEqual(created);
    });

    it('changes nothing when it is repeated', async () => {
      await orders.create(orderId, later(1));

      await orders.create(orderId, later(9));

      expect(await orders.get(orderId)).toEqual(created);
    });

    it('makes nothing of what was never submitted', async () => {
      await orders.create('ord_other', later(1));

      expect(await orders.get('ord_other')).toBeUndefined();
    });

    it('makes nothing of what is void', async () => {
      await orders.void(orderId, later(2));

      await orders.create(orderId, later(3));

      expect(await orders.get(orderId)).toEqual(voided);
    });
  });

  describe('making an order void', () => {
    it('keeps a submission from ever becoming an order, and forgets the payment token', async () => {
      await orders.void(orderId, later(2));

      expect(await orders.get(orderId)).toEqual(voided);
    });

    it('leaves a created order to be seen, as void', async () => {
      await orders.create(orderId, later(1));

      await orders.void(orderId, later(2));

      expect(await orders.get(orderId)).toEqual({ ...created, ...voided });
    });

    it('changes nothing when it is repeated', async () => {
      await orders.void(orderId, later(2));

      await orders.void(orderId, later(9));

      expect(await orders.get(orderId)).toEqual(voided);
    });

    it('makes nothing of what was never submitted', async () => {
      await orders.void('ord_other', later(2));

      expect(await orders.get('ord_other')).toBeUndefined();
    });

    it('is not lost when the order is created at the same time', async () => {
      await Promise.all([orders.create(orderId, later(1)), orders.void(orderId, later(2))]);

      expect(await orders.get(orderId)).toMatchObject(voided);
    });
  });

  describe('the confirmation', () => {
    it('is claimed by the first who asks', async () => {
      expect(await orders.claimConfirmation(orderId, now)).toBe(true);
      expect(await orders.claimConfirmation(orderId, later(1))).toBe(false);
    });

    it('is claimed by one of many who ask at the same time', async () => {
      const claims = await Promise.all(
        [1, 2, 3, 4].map((ms) => orders.claimConfirmation(orderId, later(ms))),
      );

      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    it('can be claimed again once the claim is given back', async () => {
      await orders.claimConfirmation(orderId, now);

      await orders.releaseConfirmation(orderId);

      expect(await orders.claimConfirmation(orderId, later(1))).toBe(true);
      expect(await orders.claimConfirmation(orderId, later(2))).toBe(false);
    });

    it('is claimed for each order by itself, and changes nothing of the order', async () => {
      await orders.submit(anOrderRecord({ orderId: 'ord_other' }), jobExpiresAt);

      expect(await orders.claimConfirmation(orderId, now)).toBe(true);
      expect(await orders.claimConfirmation('ord_other', now)).toBe(true);
      await orders.releaseConfirmation('ord_other');

      expect(await orders.claimConfirmation(orderId, now)).toBe(false);
      expect(await orders.get(orderId)).toEqual(anOrderRecord());
    });
  });
});

describe('orders in DynamoDB alone', () => {
  let table: string;
  let orders: Orders;
  beforeEach(async () => {
    table = await dynamodb.createTable('Orders');
    orders = createOrders({ table });
  });

  const expiryOf = async (): Promise<unknown> => {
    const command = new GetCommand({ TableName: table, Key: { orderId }, ConsistentRead: true });
    const { Item: { ttl } = {} } = await createDocumentClient().send(command);
    return ttl;
  };
  /** A week after the job's record, which cannot be undone without the submission. */
  const weekAfterJob = Date.parse('2026-02-26T15:30:00.000Z') / 1000;

  it('are read as they were last written', async () => {
    const [call] = await dynamodb.callsOf(() => orders.get(orderId));

    expect(call).toMatchObject({ operation: 'GetItem', input: { ConsistentRead: true } });
  });

  it('expire a week after their job as long as they are submissions, void or not', async () => {
    await orders.submit(anOrderRecord(), jobExpiresAt);
    expect(await expiryOf()).toBe(weekAfterJob);

    await orders.void(orderId, later(1));
    expect(await expiryOf()).toBe(weekAfterJob);
  });

  it('never expire once they are created, void or not', async () => {
    await orders.submit(anOrderRecord(), jobExpiresAt);

    await orders.create(orderId, later(1));
    expect(await expiryOf()).toBeUndefined();

    await orders.void(orderId, later(2));
    expect(await expiryOf()).toBeUndefined();
  });

  it('know their own claim of the confirmation again where the answer to it got lost', async () => {
    await orders.submit(anOrderRecord(), jobExpiresAt);
    dynamodb.loseNextAnswer('UpdateItem');

    const calls = await dynamodb.callsOf(async () => {
      expect(await orders.claimConfirmation(orderId, now)).toBe(true);
    });

    expect(calls).toHaveLength(2);
    expect(await orders.claimConfirmation(orderId, now)).toBe(false);
  });

  it('fail with what DynamoDB says where it refuses a call', async () => {
    const missing = createOrders({ table: 'missing' });
    const refusal = { name: 'ResourceNotFoundException' };

    await expect(missing.submit(anOrderRecord(), jobExpiresAt)).rejects.toMatchObject(refusal);
    await expect(missing.create(orderId, now)).rejects.toMatchObject(refusal);
    await expect(missing.void(orderId, now)).rejects.toMatchObject(refusal);
    await expect(missing.claimConfirmation(orderId, now)).rejects.toMatchObject(refusal);
  });
});
