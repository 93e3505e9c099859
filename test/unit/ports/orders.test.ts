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

  it('return undefined for an order that was never submitted', async () => {
    expect(await orders.get('ord_other')).toBeUndefined();
  });

  describe('a submission', () => {
    it('is stored unchanged', async () => {
      expect(await orders.get(orderId)).toEqual(anOrderRecord());
    });

    it('is not replaced by another one with the same id', async () => {
      await orders.submit(anOrderRecord({ email: 'grace@example.com' }), jobExpiresAt);

      expect(await orders.get(orderId)).toEqual(anOrderRecord());
    });

    it('does not undo the creation of the order when it is repeated', async () => {
      await orders.create(orderId, later(1));

      await orders.submit(anOrderRecord(), jobExpiresAt);

      expect(await orders.get(orderId)).toEqual(created);
    });
  });

  describe('creating an order', () => {
    it('turns the submission into an order and deletes the payment token', async () => {
      await orders.create(orderId, later(1));

      expect(await orders.get(orderId)).toEqual(created);
    });

    it('has no effect when it is repeated', async () => {
      await orders.create(orderId, later(1));

      await orders.create(orderId, later(9));

      expect(await orders.get(orderId)).toEqual(created);
    });

    it('fails without a submission, and makes none', async () => {
      await expect(orders.create('ord_other', later(1))).rejects.toThrow('There is no submission ord_other');

      expect(await orders.get('ord_other')).toBeUndefined();
    });

    it('has no effect when it is void', async () => {
      await orders.void(orderId, later(2));

      await orders.create(orderId, later(3));

      expect(await orders.get(orderId)).toEqual(voided);
    });
  });

  describe('voiding an order', () => {
    it('marks the submission and deletes the payment token', async () => {
      await orders.void(orderId, later(2));

      expect(await orders.get(orderId)).toEqual(voided);
    });

    it('keeps the time at which the order was created', async () => {
      await orders.create(orderId, later(1));

      await orders.void(orderId, later(2));

      expect(await orders.get(orderId)).toEqual({ ...created, ...voided });
    });

    it('has no effect when it is repeated', async () => {
      await orders.void(orderId, later(2));

      await orders.void(orderId, later(9));

      expect(await orders.get(orderId)).toEqual(voided);
    });

    it('has no effect without a submission', async () => {
      await orders.void('ord_other', later(2));

      expect(await orders.get('ord_other')).toBeUndefined();
    });

    it('takes effect when the order is created at the same time', async () => {
      await Promise.all([orders.create(orderId, later(1)), orders.void(orderId, later(2))]);

      expect(await orders.get(orderId)).toMatchObject(voided);
    });
  });

  describe('erasing personal data', () => {
    const { reference: _, callbackUrl: __, ...whatWasOrdered } = withoutToken;

    beforeEach(() =>
      orders.submit(
        anOrderRecord({
          orderId: 'ord_other',
          reference: 'order 7',
          callbackUrl: 'https://ada.example/hook',
        }),
        jobExpiresAt,
      ),
    );

    it('leaves what was ordered', async () => {
      await orders.create('ord_other', later(1));

      await orders.erase('ord_other', later(2));

      expect(await orders.get('ord_other')).toEqual({
        ...whatWasOrdered,
        orderId: 'ord_other',
        email: '(erased)',
        createdAt: later(1).toISOString(),
        erasedAt: later(2).toISOString(),
      });
    });

    it('has no effect when it is repeated', async () => {
      await orders.erase('ord_other', later(2));

      await orders.erase('ord_other', later(9));

      expect(await orders.get('ord_other')).toMatchObject({ erasedAt: later(2).toISOString() });
    });

    it('has no effect without an order, nor on others', async () => {
      await orders.erase('ord_missing', later(2));
      await orders.erase('ord_other', later(2));

      expect(await orders.get('ord_missing')).toBeUndefined();
      expect(await orders.get(orderId)).toEqual(anOrderRecord());
    });
  });

  describe('the confirmation', () => {
    const claim = async (id: string, at: Date): Promise<string> =>
      (await orders.claimConfirmation(id, at))?.claim ?? 'none';

    it('can be claimed once, and the claim comes with the order', async () => {
      expect(await orders.claimConfirmation(orderId, now)).toEqual({
        claim: expect.any(String),
        order: anOrderRecord(),
      });
      expect(await orders.claimConfirmation(orderId, later(1))).toBeUndefined();
    });

    it('can be claimed by one of many at the same time', async () => {
      const claims = await Promise.all(
        [1, 2, 3, 4].map((ms) => orders.claimConfirmation(orderId, later(ms))),
      );

      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    it('can be claimed again after the claim was released', async () => {
      const first = await claim(orderId, now);

      await orders.releaseConfirmation(orderId, first);

      expect(await claim(orderId, later(1))).not.toBe(first);
      expect(await orders.claimConfirmation(orderId, later(2))).toBeUndefined();
    });

    it('stays claimed when somebody releases a claim that is not this one', async () => {
      const late = await claim(orderId, now);
      await orders.releaseConfirmation(orderId, late);
      await orders.claimConfirmation(orderId, later(1));

      await orders.releaseConfirmation(orderId, late);

      expect(await orders.claimConfirmation(orderId, later(2))).toBeUndefined();
    });

    it('cannot be claimed for an order that does not exist, nor does that make one', async () => {
      await expect(orders.claimConfirmation('ord_other', now)).rejects.toThrow('There is no order ord_other');
      await orders.releaseConfirmation('ord_other', 'claim');

      await expect(orders.claimConfirmation('ord_other', now)).rejects.toThrow('There is no order ord_other');
      expect(await orders.get('ord_other')).toBeUndefined();
    });

    it('is claimed for each order separately, without a change of the order', async () => {
      await orders.submit(anOrderRecord({ orderId: 'ord_other' }), jobExpiresAt);

      await orders.claimConfirmation(orderId, now);
      const other = await claim('ord_other', now);
      await orders.releaseConfirmation('ord_other', other);

      expect(await orders.claimConfirmation(orderId, now)).toBeUndefined();
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
  /** A week after the job, which cannot be undone without the submission. */
  const weekAfterJob = Date.parse('2026-02-26T15:30:00.000Z') / 1000;

  it('are read with strong consistency', async () => {
    const [call] = await dynamodb.callsOf(() => orders.get(orderId));

    expect(call).toMatchObject({ operation: 'GetItem', input: { ConsistentRead: true } });
  });

  it('expire a week after their job while they are submissions, void or not', async () => {
    await orders.submit(anOrderRecord(), jobExpiresAt);
    expect(await expiryOf()).toBe(weekAfterJob);

    await orders.void(orderId, later(1));
    expect(await expiryOf()).toBe(weekAfterJob);
  });

  it('do not expire once they are created, void or not', async () => {
    await orders.submit(anOrderRecord(), jobExpiresAt);

    await orders.create(orderId, later(1));
    expect(await expiryOf()).toBeUndefined();

    await orders.void(orderId, later(2));
    expect(await expiryOf()).toBeUndefined();
  });

  it('recognize their own claim of the confirmation when the first response is lost', async () => {
    await orders.submit(anOrderRecord(), jobExpiresAt);
    dynamodb.loseNextResponse('UpdateItem');

    const calls = await dynamodb.callsOf(async () => {
      expect(await orders.claimConfirmation(orderId, now)).toMatchObject({ order: anOrderRecord() });
    });

    expect(calls).toHaveLength(2);
    expect(await orders.claimConfirmation(orderId, now)).toBeUndefined();
  });

  it('are not claimed by an attempt that cannot read them', async () => {
    await orders.submit({ ...anOrderRecord(), total: 'much' as unknown as number }, jobExpiresAt);

    for (const _attempt of [1, 2])
      await expect(orders.claimConfirmation(orderId, now)).rejects.toThrow('check total');
  });

  it('fail with the error of DynamoDB when it refuses a call', async () => {
    const missing = createOrders({ table: 'missing' });
    const refusal = { name: 'ResourceNotFoundException' };

    await expect(missing.submit(anOrderRecord(), jobExpiresAt)).rejects.toMatchObject(refusal);
    await expect(missing.create(orderId, now)).rejects.toMatchObject(refusal);
    await expect(missing.void(orderId, now)).rejects.toMatchObject(refusal);
    await expect(missing.claimConfirmation(orderId, now)).rejects.toMatchObject(refusal);
  });
});
