import { describe, expect, it } from '@jest/globals';
import { aClient, completion, errorOf, exampleOrder } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

describe('the orders client', () => {
  it('reads an order', async () => {
    const { orders, server } = await aClient();
    server.faults.answers.push({ status: 200, body: { orderId: 'a/b' } });

    const order = await orders.order('a/b');

    expect(order).toEqual({ orderId: 'a/b' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/api/orders/a%2Fb' });
  });

  it('lists jobs by status, page by page', async () => {
    const { orders, server } = await aClient();
    server.faults.answers.push({ status: 200, body: { items: [] } }, { status: 200, body: { items: [] } });

    const page = await orders.history();
    await orders.history({ status: 'failed', limit: 5, cursor: 'c&1' });

    expect(page).toEqual({ items: [] });
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/api/orders',
      '/api/orders?status=failed&limit=5&cursor=c%261',
    ]);
  });

  it('tells when no answer arrives', async () => {
    const { orders, server, time } = await aClient();
    server.faults.lostAnswers = Number.POSITIVE_INFINITY;

    const error = await errorOf(time.settle(orders.order('o-1')));

    expect(error).toMatchObject({ name: 'UnreachableError', code: 'unreachable' });
    expect(error.cause).toMatchObject({ message: 'fetch failed' });
  });

  it.each([
    'https://evil.example/x',
    '//evil.example/x',
    '/\\evil.example/x',
    'https://public.example/v1/orders/status/x',
    'x',
  ])(
    'asks below its own baseUrl, and sends the token nowhere else, whatever URL a job has: %s',
    async (statusUrl) => {
      const asked: unknown[] = [];
      const { orders, server } = await aClient({
        fetch: (url, init) => {
          asked.push(url);
          return fetch(url, init);
        },
      });

      await errorOf(orders.watch({ statusUrl }).status());

      expect(asked).toEqual([`${server.baseUrl}/orders/status/x`]);
    },
  );

  it('asks for a job whose id has characters of a path', async () => {
    const { orders, server } = await aClient();

    await errorOf(orders.watch('../a?b').status());

    expect(server.requests[0]?.url).toBe('/api/orders/status/..%2Fa%3Fb');
  });

  it('lets no cache answer', async () => {
    const caches: unknown[] = [];
    const { orders } = await aClient({
      fetch(url, init) {
        caches.push(init?.cache);
        return fetch(url, init);
      },
    });

    await orders.history();

    expect(caches).toEqual(['no-store']);
  });

  it('follows a job whose API is reached over another domain and path than it knows of itself', async () => {
    const { orders, server, time } = await aClient();
    const { jobId } = server.create();
    const statusUrl = `https://public.example/v2/orders/status/${jobId}`;
    server.faults.answers.push({ status: 202, body: { jobId, status: 'queued', statusUrl } });

    const handle = await orders.createOrder(exampleOrder);
    await handle.cancel();
    server.move(jobId, completion);

    expect(await time.settle(handle.result())).toEqual(completion.result);
    expect(handle.statusUrl).toBe(`${server.baseUrl}/orders/status/${jobId}`);
  });

  it('takes up a job by its id, and watches it over a socket once it knows where', async () => {
    const { orders, server, time } = await aClient();
    const { jobId } = server.create();

    const result = orders.watch(jobId).result();
    await time.next();
    await server.until(() => server.messages.length === 1);
    server.move(jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'UPGRADE']);
  });

  it('listens to the page while a job is watched, and no longer', async () => {
    const { orders, server, time } = await aClient();
    const [first, second] = [orders.watch(server.create()), orders.watch(server.create())];
    expect(time.wakers()).toBe(0);

    const stops = [first.subscribe({}), first.subscribe({}), second.subscribe({})];
    expect(time.wakers()).toBe(1);
    for (const stop of stops) stop();
    await until(() => time.wakers() === 0);

    const result = second.result();
    second.subscribe({});
    expect(time.wakers()).toBe(1);
    await until(() => second.state().connection === 'live');
    server.move(second.jobId, completion);
    await soon(result);
    expect([time.wakers(), time.timers()]).toEqual([0, []]);
    await server.until(() => server.sockets() === 0);
  });

  it('takes up a job from a handle that was kept as JSON', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);
    const kept = JSON.stringify(handle);

    const resumed = orders.watch(JSON.parse(kept));
    const result = resumed.result();
    await server.until(() => server.messages.length === 1);
    server.move(handle.jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
    expect(Object.keys(JSON.parse(kept))).toEqual(['jobId', 'statusUrl', 'updatesUrl', 'idempotencyKey']);
  });

  it('takes up a job from its URLs alone', async () => {
    const { orders, server } = await aClient();
    const { jobId, updatesUrl } = server.create();

    const handle = orders.watch({ statusUrl: `/api/orders/status/${jobId}`, updatesUrl });

    expect(handle.jobId).toBe(jobId);
    expect(await handle.status()).toMatchObject({ jobId, version: 1 });
  });
});
