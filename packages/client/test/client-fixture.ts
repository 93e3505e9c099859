import { afterEach } from '@jest/globals';
import { exampleOrder } from '../../../domain/protocol/order-request.ts';
import { type OrdersClient, ordersClientOn } from '../src/orders-client.ts';
import type { PlatformOptions } from '../src/platform.ts';
import { type OrdersServer, startOrdersServer } from './support/orders-server.ts';
import { type TestPlatform, testPlatform } from './support/test-platform.ts';

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
export async function aClient(options?: PlatformOptions): Promise<Fixture> {
  const server = await aServer();
  const time = testPlatform(options);
  return { server, time, orders: ordersClientOn(time, { baseUrl: server.baseUrl, token: 'secret' }) };
}

/** What a promise is rejected with. */
export const errorOf = (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  promise.then(
    () => Promise.reject(new Error('It was not refused.')),
    (error) => error,
  );

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
