import type { OrderItem, OrderRequest } from '../protocol/order-request.ts';
import { orderTotal } from '../protocol/order-request.ts';
import type { OrderDocument } from '../protocol/protocol.ts';

/** An order as it is kept: what was submitted, and from `createdAt` on the order that it became. */
export interface OrderRecord {
  readonly orderId: string;
  readonly jobId: string;
  readonly owner: string;
  readonly email: string;
  readonly currency: string;
  readonly items: readonly OrderItem[];
  /** In the currency's minor unit. */
  readonly total: number;
  /** Forgotten once the order is created. */
  readonly paymentToken?: string | undefined;
  readonly reference?: string | undefined;
  readonly callbackUrl?: string | undefined;
  readonly submittedAt: string;
  /** ISO 8601; present when the order was undone. */
  readonly voidedAt?: string | undefined;
  /** ISO 8601; absent until the order-creation stage. */
  readonly createdAt?: string | undefined;
}

/** The record of a freshly submitted order. */
export function submitOrder(
  request: OrderRequest,
  ids: { readonly orderId: string; readonly jobId: string; readonly owner: string },
  now: Date,
): OrderRecord {
  const { payment, ...order } = request;
  return {
    ...ids,
    ...order,
    total: orderTotal(order),
    paymentToken: payment.token,
    submittedAt: now.toISOString(),
  };
}

/** What the owner sees of an order; undefined until it is created, and once it is void. */
export function orderDocument(order: OrderRecord): OrderDocument | undefined {
  const { orderId, jobId, email, currency, items, total, reference, createdAt, voidedAt } = order;
  if (createdAt === undefined || voidedAt !== undefined) return undefined;
  return {
    orderId,
    jobId,
    email,
    currency,
    items: [...items],
    total,
    createdAt,
    ...(reference !== undefined && { reference }),
  };
}
