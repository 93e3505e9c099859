/** Checked by the compiler alone: what the client's types promise. */
import type * as z from 'zod/mini';
import type * as live from '../../../../domain/protocol/live-protocol.ts';
import type * as order from '../../../../domain/protocol/order-request.ts';
import type * as protocol from '../../../../domain/protocol/protocol.ts';
import {
  createOrdersClient,
  JobFailedError,
  type OrderHandle,
  OrderService,
  OrderStatusSocket,
  type OrdersError,
  type WatchTarget,
} from '../../src/index.ts';
import type * as client from '../../src/protocol.ts';

/** True when two types are the same: not only assignable, and whichever way they are written. */
type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
type Plain<T> = T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
const same = <_ extends true>() => {};

// The types that the package carries are those of the contract's schemas.
same<Same<client.OrderRequest, order.OrderRequest>>();
same<Same<client.OrderItem, z.infer<typeof order.OrderItem>>>();
same<Same<client.AcceptedOrder, protocol.AcceptedOrder>>();
same<Same<client.JobStatus, protocol.JobStatus>>();
same<Same<client.StatusDocument, protocol.StatusDocument>>();
same<Same<client.Step, z.infer<typeof protocol.Step>>>();
same<Same<client.StepStatus, z.infer<typeof protocol.StepStatus>>>();
same<Same<client.JobError, z.infer<typeof protocol.JobError>>>();
same<Same<client.JobPage, protocol.JobPage>>();
same<Same<client.OrderDocument, protocol.OrderDocument>>();
same<Same<client.Problem, protocol.Problem>>();
same<Same<client.FieldError, protocol.FieldError>>();
same<Same<client.ClientMessage, live.ClientMessage>>();
same<Same<client.ServerMessage, live.ServerMessage>>();
// @ts-expect-error The comparison itself tells types apart.
same<Same<client.JobStatus, string>>();
// @ts-expect-error Also where one has a field more.
same<Same<client.AcceptedOrder, client.AcceptedOrder & { more: string }>>();

declare const submitted: client.OrderRequest;
declare const accepted: client.AcceptedOrder;
const orders = createOrdersClient({ baseUrl: '/api', token: async () => 'token', WebSocket, fetch });

// A job is watched by its id, its answer, its handle or its URLs; not by nothing.
declare const handle: OrderHandle;
const targets: WatchTarget[] = ['id', accepted, handle, { statusUrl: '/api/orders/status/id' }];
orders.watch(targets[0] ?? 'id');
// @ts-expect-error Neither an id nor a status URL.
orders.watch({ updatesUrl: 'wss://live.example.com' });

// An order is checked before it is sent.
// @ts-expect-error Its payment is missing.
orders.createOrder({ email: 'ada@example.com', currency: 'EUR', items: [] });
// @ts-expect-error There is no such option.
orders.createOrder(submitted, { retries: 3 });
// @ts-expect-error There is no such status.
orders.history({ status: 'done' });

/** Iteration gives status documents, results are results, and errors have codes. */
export async function results(): Promise<void> {
  for await (const job of handle) same<Same<typeof job, client.StatusDocument>>();
  const result = await handle.result();
  same<Same<typeof result, { orderId: string; orderUrl: string }>>();
  same<Same<ReturnType<OrdersError['toString']>, string>>();
  const caught: unknown = undefined;
  if (caught instanceof JobFailedError) same<Same<typeof caught.redrivable, boolean>>();
  const service = new OrderService({ baseUrl: '/api', token: 'token' });
  same<Same<Awaited<ReturnType<typeof service.createOrder>>, typeof result>>();
  new OrderStatusSocket(accepted.updatesUrl, { onComplete: ({ progress }) => progress.toFixed() }).connect();
}
