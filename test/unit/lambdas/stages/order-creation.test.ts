import { expect, it } from '@jest/globals';
import { createOrderCreation } from '../../../../lambdas/stages/order-creation.ts';
import { anOrderRecord, aSubmittedOrder, now, orderId } from '../../../support/builders.ts';
import { memoryOrders } from '../../../support/fakes.ts';

it('order creation makes the submission an order at the present time', async () => {
  const orders = memoryOrders([anOrderRecord()]);

  await createOrderCreation({ orders, clock: () => now })(aSubmittedOrder());

  expect(orders.stored.get(orderId)?.createdAt).toBe(now.toISOString());
});
