/** Checked by the compiler alone: what the client's types promise. */
import type * as z from 'zod/mini';
import type * as live from '../../../../domain/protocol/live-protocol.ts';
import type * as order from '../../../../domain/protocol/order-request.ts';
import type * as protocol from '../../../../domain/protocol/protocol.ts';
import {
  createOrdersClient,
  isOrdersError,
  isTerminal,
  type OrderHandle,
  type OrderResult,
  OrderService,
  OrderStatusSocket,
  type WatchTarget,
} from '../../src/index.ts';
import type * as client from '../../src/protocol.ts';

/** True when two types are the same: not only assignable, and whichever way they are written. */
type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
type Assignable<A, B> = A extends B ? true : false;
type Plain<T> = T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
const same = <_ extends true>() => {};

// The types that the package carries are those of the contract's schemas.
same<Same<client.OrderRequest, order.OrderRequest>>();
same<Same<client.OrderItem, z.infer<typeof order.OrderItem>>>();
same<Same<client.AcceptedOrder, protocol.AcceptedOrder>>();
same<Same<client.JobStatus, protocol.JobStatus>>();
same<Assignable<client.StatusDocument, protocol.StatusDocument>>();
same<Same<keyof client.OpenJob, keyof protocol.StatusDocument>>();
same<Same<client.StatusDocument['status'], protocol.JobStatus>>();
same<Same<client.Step, z.infer<typeof protocol.Step>>>();
same<Same<client.StepStatus, z.infer<typeof protocol.StepStatus>>>();
same<Assignable<client.JobError, z.infer<typeof protocol.JobError>>>();
same<Same<keyof client.JobError, keyof protocol.JobError>>();
same<Same<keyof client.JobPage, keyof protocol.JobPage>>();
same<Same<client.OrderDocument, protocol.OrderDocument>>();
same<Assignable<client.Problem, protocol.Problem>>();
same<Same<client.FieldError, protocol.FieldError>>();
same<Same<client.ClientMessage, live.ClientMessage>>();
same<Assignable<client.ServerMessage, live.ServerMessage>>();
same<Same<client.ServerMessage['type'], live.ServerMessage['type']>>();
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

/** Iteration gives status documents, and results are results. */
export async function results(): Promise<void> {
  for await (const job of handle) same<Same<typeof job, client.StatusDocument>>();
  for await (const job of handle.updates({ timeout: 1_000 })) same<Same<typeof job, client.StatusDocument>>();
  const result = await handle.result();
  same<Same<typeof result, OrderResult>>();
  const service = new OrderService({ baseUrl: '/api', token: ({ refused }) => (refused ? 'new' : 'token') });
  same<Same<Awaited<ReturnType<typeof service.createOrder>>, typeof result>>();
  new OrderStatusSocket(accepted.updatesUrl, { onComplete: ({ result }) => result.orderId }).connect();
  const stop: () => void = handle.subscribe({ onUpdate: ({ progress }) => progress.toFixed() });
  stop();
}

/** The status tells what a document has. */
export function narrowing(job: client.StatusDocument): string {
  if (job.status === 'completed') return job.result.orderId;
  if (job.status === 'failed' || job.status === 'cancelled') return job.error.code;
  same<Same<typeof job.result, undefined>>();
  // @ts-expect-error A job that has not ended has no result.
  job.result.orderId;
  if (isTerminal(job)) same<Same<typeof job, never>>();
  return job.estimatedCompletion ?? '';
}

/** A terminal job has a result or an error. */
export const ending = (job: client.StatusDocument): string | undefined =>
  isTerminal(job) ? (job.result?.orderId ?? job.error?.code) : undefined;

/** Names and codes tell errors apart. */
export function errors(error: unknown): string {
  if (!isOrdersError(error)) return '';
  same<Same<typeof error.idempotencyKey, string | undefined>>();
  switch (error.name) {
    case 'JobFailedError':
      same<Same<typeof error.redrivable, boolean>>();
      return error.job.error.code;
    case 'OrderRefusedError':
      return error.code === 'invalid_fields' ? String(error.problem.errors?.length) : `${error.status}`;
    case 'TimedOutError':
      return error.job?.status ?? error.code;
    case 'JobCancelledError':
    case 'AbortedError':
    case 'SignedOutError':
    case 'UnreachableError':
    case 'UsageError':
      return error.code;
    default:
      same<Same<typeof error, never>>();
      return '';
  }
}

/** Literals that stay open: editors know the codes, and a newer API may have more. */
export const codes: client.JobError['code'][] = ['card_declined', 'a_newer_code'];
