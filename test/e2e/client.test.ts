import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createOrdersClient,
  JobFailedError,
  type OrdersClient,
  type StatusDocument,
} from '../../packages/client/src/index.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { anOrder, anOwner, apiUrl, local, ordersApi, tokenFor } from './support/orders-api.ts';

const onItsOwnCloud = needing('a local cloud of its own');

const aClient = async (): Promise<OrdersClient> =>
  createOrdersClient({ baseUrl: apiUrl, token: (await anOwner()).token });

describe('the client in Node.js', () => {
  it('follows an order to its result', async () => {
    const orders = await aClient();

    const handle = await orders.createOrder(anOrder({ payment: { token: 'tok_slow' } }));
    const seen: StatusDocument[] = [];
    for await (const status of handle) seen.push(status);
    const { orderId } = await handle.result();

    const versions = seen.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(seen.at(-1)?.status).toBe('completed');
    expect(await orders.order(orderId)).toMatchObject({ orderId, jobId: handle.jobId, total: 3998 });
  });

  it('throws what became of a failed job', async () => {
    const orders = await aClient();

    const handle = await orders.createOrder(anOrder({ payment: { token: 'tok_declined' } }));

    await expect(handle.result()).rejects.toBeInstanceOf(JobFailedError);
    await expect(handle.result()).rejects.toMatchObject({ code: 'card_declined', stage: 'payment' });
  });

  it('cancels an order', async () => {
    const orders = await aClient();
    const handle = await orders.createOrder(anOrder({ payment: { token: 'tok_slow' } }));

    await handle.cancel();

    await expect(handle.result()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

onItsOwnCloud('two hundred watched orders while connections and the stream are failing', () => {
  let cloud: LocalCloud;

  beforeAll(async () => {
    cloud = await startLocalCloud('--seed', '7');
  });

  afterAll(() => cloud.stop());

  it('each end with the final status, versions strictly growing', async () => {
    const origin = new URL(cloud.api).origin;
    const faults = [
      { target: 'socket', effect: 'drop', probability: 0.1 },
      { target: 'stream', effect: 'duplicate', probability: 0.2 },
      { target: 'stream', effect: 'delay', ms: 50, probability: 0.2 },
      { target: 'execute-api:PostToConnection', effect: 'error', probability: 0.2 },
      { target: 'execute-api:PostToConnection', effect: 'lost-answer', probability: 0.1 },
    ];
    for (const fault of faults) {
      const headers = { 'content-type': 'application/json' };
      await local('faults', { method: 'POST', headers, body: JSON.stringify(fault) }, origin);
    }
    const orders = createOrdersClient({ baseUrl: cloud.api, token: await tokenFor('crowd', origin) });

    const watched = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const versions: number[] = [];
        const handle = await orders.createOrder(
          anOrder({ reference: `no-${i}`, payment: { token: i % 4 === 0 ? 'tok_declined' : 'tok_visa' } }),
          { onUpdate: ({ version }) => versions.push(version) },
        );
        const ending = await handle.result().then(
          () => 'completed',
          (error: JobFailedError) => error.code,
        );
        return { ending, versions, jobId: handle.jobId };
      }),
    );

    const api = await ordersApi('crowd', origin);
    for (const [i, { ending, versions, jobId }] of watched.entries()) {
      expect(ending).toBe(i % 4 === 0 ? 'card_declined' : 'completed');
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      expect(versions.at(-1)).toBe((await api.status(jobId)).body.version);
    }
  });
});
