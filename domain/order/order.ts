import * as z from 'zod/mini';
import { OrderItem, type OrderRequest, orderTotal } from '../protocol/order-request.ts';
import { OrderDocument } from '../protocol/protocol.ts';
import { publicFields } from '../protocol/public-fields.ts';

/**
 * The record of an order: what was submitted and, from `createdAt` on, the order that it became. Unlike `OrderRequest`
 * it does not check the values again, so that stricter checks never make a stored order unreadable.
 */
export const OrderRecord = z.object({
  orderId: z.string(),
  jobId: z.string(),
  owner: z.string(),
  email: z.string(),
  currency: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.number(), unitPrice: z.number() })),
  /** In the currency's minor unit. */
  total: z.number(),
  /** Removed once the order is created or void. */
  paymentToken: z.optional(z.string()),
  reference: z.optional(z.string()),
  callbackUrl: z.optional(z.string()),
  submittedAt: z.string(),
  /** ISO 8601; present when the order was undone. */
  voidedAt: z.optional(z.string()),
  /** ISO 8601; absent until the order-creation stage. */
  createdAt: z.optional(z.string()),
  /** ISO 8601; present when the personal data was erased. */
  erasedAt: z.optional(z.string()),
});
export type OrderRecord = Readonly<Omit<z.infer<typeof OrderRecord>, 'items'>> & {
  readonly items: readonly Readonly<OrderItem>[];
};

/** Stands in place of the e-mail address of an order whose personal data was erased. */
export const erasedEmail = '(erased)';

/** The record of a new submission. */
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

/** What the owner sees of an order; undefined until it is created and after it was voided. */
export function orderDocument(order: OrderRecord): OrderDocument | undefined {
  const { createdAt, voidedAt } = order;
  if (createdAt === undefined || voidedAt !== undefined) return undefined;
  const items = order.items.map((item) => publicFields(OrderItem, item));
  return publicFields(OrderDocument, { ...order, createdAt, items });
}
