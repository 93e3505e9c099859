import { afterEach } from '@jest/globals';
import { exampleOrder } from '../../../domain/protocol/order-request.ts';
import type { OrderHandle } from '../src/order-handle.ts';
import { type OrdersClient, ordersClientOn, type WatchingOptions } from '../src/orders-client.ts';
import type { PlatformOptions } from '../src/platform.ts';
import { type OrdersServer, startOrdersServer } from './support/orders-server.ts';
import { type TestPlatform, testPlatform } from './support/test-platform.ts';
import { until } from './support/until.ts';

export { exampleOrder };

/** A client, its time and its server. */
export interface Fixture {
  readonly orders: OrdersClient;
  readonly server: OrdersServer;
  readonly time: TestPlatform;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server that ends with the test. */
export async function aServer(): Promise<OrdersServer> {
  const server = await startOrdersServer();
  stops.push(server.stop);
  return server;
}

/** A client of a server of its own. */
export async function aClient(options: PlatformOptions & WatchingOptions = {}): Promise<Fixture> {
  const server = await aServer();
  const time = testPlatform(options);
  const orders = ordersClientOn(time, { baseUrl: server.baseUrl, token: 'secret', ...options });
  return { server, time, orders };
}

/** A job that is watched, live over its socket. */
export async function aLiveJob(options?: PlatformOptions & WatchingOptions): Promise<
  Fixture & {
    readonly handle: OrderHandle;
    readonly result: Promise<unknown>;
    /** How the client has known of the job. */
    readonly connections: readonly string[];
  }
> {
  const fixture = await aClient(options);
  const connections: string[] = [];
  const handle = await fixture.orders.createOrder(exampleOrder, {
    onConnection: (connection) => connections.push(connection),
  });
  const result = handle.result();
  result.catch(() => {}); // Not every test waits for it.
  await until(() => handle.state().connection === 'live');
  return { ...fixture, connections, handle, result };
}

/** Everything that can be asked of the API, with a job's id. */
export const calls: readonly [name: string, (fixture: Fixture, jobId: string) => Promise<unknown>][] = [
  ['createOrder', ({ orders }) => orders.createOrder(exampleOrder)],
  ['order', ({ orders }) => orders.order('o-1')],
  ['history', ({ orders }) => orders.history()],
  ['status', ({ orders }, jobId) => orders.watch(jobId).status()],
  ['cancel', ({ orders }, jobId) => orders.watch(jobId).cancel()],
  ['redrive', ({ orders }, jobId) => orders.watch(jobId).redrive()],
];

/** Waits until the client has taken the answer to its status request, or has given it up. */
export const answered = ({ time }: Pick<Fixture, 'time'>): Promise<void> =>
  until(() => !time.timers().includes(readMs));

/** How often the client has asked for something over HTTP. */
export const reads = ({ requests }: OrdersServer): number =>
  requests.filter(({ method }) => method === 'GET').length;

/** What a promise is rejected with. */
export const errorOf = (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  promise.then(
    () => Promise.reject(new Error('It was not refused.')),
    (error) => error,
  );

/** Time that a watch gives a status request. */
const readMs = 15_000;

/** The terminal part of a completed job. */
export const completion = {
  status: 'completed',
  progress: 100,
  result: { orderId: 'o-1', orderUrl: '/api/orders/o-1' },
} as const;

/** The terminal part of a job whose card was declined. */
export const failure = {
  status: 'failed',
  error: { code: 'card_declined', message: 'The card was declined.', stage: 'payment', redrivable: false },
} as const;
