import { isOrderId } from '../../domain/job/job.ts';
import { orderDocument } from '../../domain/order/order.ts';
import { NotFound } from '../../domain/protocol/errors.ts';
import { createOrders } from '../adapters/orders.ts';
import type { Orders } from '../ports/orders.ts';
import { environmentOf } from '../runtime/environment.ts';
import { type HttpRequest, type HttpResponse, http } from '../runtime/http.ts';

/**
 * Reads a created order.
 *
 * @throws NotFound when the owner has no such order, or it is not created yet or void
 */
export function createOrder({ orders }: { readonly orders: Pick<Orders, 'get'> }) {
  return async ({ owner, parameters }: HttpRequest): Promise<HttpResponse> => {
    const { orderId: given = '' } = parameters;
    const orderId = given.toLowerCase();
    const order = isOrderId(orderId) ? await orders.get(orderId) : undefined;
    const document = order?.owner === owner ? orderDocument(order) : undefined;
    if (!document) throw new NotFound('You have no order with this id.');
    return { status: 200, body: document };
  };
}

export const handler = http(
  createOrder({ orders: createOrders({ table: environmentOf('api/order').ORDERS_TABLE }) }),
);
