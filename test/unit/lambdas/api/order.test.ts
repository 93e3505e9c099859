import { describe, expect, it } from '@jest/globals';
import type { OrderRecord } from '../../../../domain/order/order.ts';
import { NotFound } from '../../../../domain/protocol/errors.ts';
import { createOrder } from '../../../../lambdas/api/order.ts';
import { anOrderRecord, aRequest, jobId, later, orderId } from '../../../support/builders.ts';
import { memoryOrders } from '../../../support/fakes.ts';

const reading = (id: string | undefined, ...orders: OrderRecord[]) =>
  createOrder({ orders: memoryOrders(orders) })(aRequest({ parameters: { orderId: id } }));

describe('reading an order', () => {
  it('answers the order without owner and payment token', async () => {
    const createdAt = later(1_000).toISOString();

    const { status, body } = await reading(orderId, anOrderRecord({ createdAt }));

    expect(status).toBe(200);
    expect(body).toMatchObject({ orderId, jobId, total: 3998, createdAt });
    expect(body).not.toHaveProperty('owner');
    expect(body).not.toHaveProperty('paymentToken');
  });

  it('takes an id in capitals for the same id', async () => {
    const order = anOrderRecord({ createdAt: later(1_000).toISOString() });

    expect((await reading(orderId.toUpperCase(), order)).body).toMatchObject({ orderId });
  });

  it.each<[string, string | undefined, OrderRecord[]]>([
    ['is unknown', orderId, []],
    ["is another owner's", orderId, [anOrderRecord({ owner: 'grace', createdAt: later(1).toISOString() })]],
    ['has not been created yet', orderId, [anOrderRecord()]],
    ['has an id that is none', 'ord_x', []],
    ['has no id', undefined, []],
  ])('is refused in the same words when it %s', async (_, id, orders) => {
    await expect(reading(id, ...orders)).rejects.toEqual(new NotFound('You have no order with this id.'));
  });
});
