import { describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import { aClient, errorOf, exampleOrder } from './client-fixture.ts';

describe('what no repetition mends', () => {
  const withOptions = async (options: Partial<Parameters<typeof ordersClientOn>[1]>) => {
    const { server, time } = await aClient();
    return {
      server,
      time,
      orders: ordersClientOn(time, { baseUrl: server.baseUrl, token: 'secret', ...options }),
    };
  };

  it.each([
    ['a relative baseUrl without a page', { baseUrl: '/api' }],
    ['a baseUrl without a scheme', { baseUrl: 'api.example.com' }],
    ['a token with a line break', { token: 'a\nb' }],
    ['a token that is no text', { token: () => undefined as never }],
    [
      'a mistake in token()',
      {
        token: () => {
          const session = undefined as unknown as { token: string };
          return session.token;
        },
      },
    ],
  ])('fails at once: %s', async (_, options) => {
    const { orders, server, time } = await withOptions(options);

    expect(await errorOf(time.settle(orders.createOrder(exampleOrder)))).toMatchObject({
      name: 'UsageError',
      code: 'invalid_usage',
      idempotencyKey: expect.any(String),
    });
    const watched = orders.watch('id').result({ timeout: 60_000 });
    expect(await errorOf(time.settle(watched))).toMatchObject({ name: 'UsageError', jobId: 'id' });
    expect([server.requests, time.now(), time.timers()]).toEqual([[], 0, []]);
  });

  it.each(['api.example.com', 'ftp://api.example.com', '//api.example.com', 'api', undefined as never])(
    'fails at once, and sends nothing, although a page may resolve it: the baseUrl %s',
    async (baseUrl) => {
      const { time } = await aClient();
      const asked: unknown[] = [];
      const inPage = {
        ...time,
        origin: 'https://shop.example',
        async fetch(url: unknown) {
          asked.push(url);
          return new Response('{"items":[]}');
        },
      };

      const error = await errorOf(ordersClientOn(inPage as never, { baseUrl, token: 't' }).history());

      expect(error).toMatchObject({ name: 'UsageError' });
      expect(error.message).toContain(`baseUrl is ${baseUrl}`);
      expect(asked).toEqual([]);
    },
  );

  it('fails at once: a mistake in the fetch of the application', async () => {
    const { time } = await aClient();
    const broken = () => {
      throw new TypeError('undefined is not a function');
    };
    const orders = ordersClientOn({ ...time, fetch: broken }, { baseUrl: 'https://api.example', token: 't' });

    expect(await errorOf(time.settle(orders.history()))).toMatchObject({
      name: 'UsageError',
      message: 'fetch() failed: TypeError: undefined is not a function',
    });
  });

  it.each(['', 'é', 'a\nb', 'x'.repeat(256)])('fails at once: the key %j', async (idempotencyKey) => {
    const { orders, server } = await withOptions({});

    const error = await errorOf(orders.createOrder(exampleOrder, { idempotencyKey }));

    expect(error).toMatchObject({ name: 'UsageError' });
    expect(server.requests).toEqual([]);
  });

  it('fails at once: an order that is no JSON', async () => {
    const { orders, server } = await withOptions({});

    const error = await errorOf(orders.createOrder({ ...exampleOrder, total: 10n } as never));

    expect(error.message).toMatch(/not JSON.*BigInt/);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['the network is down', false],
    ['the API has been seen', true],
  ])('is not thought to be CORS when %s', async (_, isSeen) => {
    const { time } = await aClient();
    let asked = 0;
    const fetch = async (__: unknown, init?: RequestInit) => {
      const isAnswered = isSeen && (init?.mode === 'no-cors' || asked++ === 0);
      if (isAnswered) return new Response('{"orderId":"o-1"}');
      throw new TypeError('Failed to fetch');
    };
    const inPage = { ...time, origin: 'https://shop.example', fetch };
    const orders = ordersClientOn(inPage as never, { baseUrl: 'https://api.example.com/api', token: 't' });

    await orders.order('o-1', { timeout: 1 }).catch(() => {});
    const error = await errorOf(orders.order('o-1', { timeout: 1 }));

    expect(error).toMatchObject({ name: 'UnreachableError' });
  });

  it('fails at once and names CORS when the page may not see the answers', async () => {
    const { time } = await aClient();
    const inPage = {
      ...time,
      origin: 'https://shop.example',
      fetch: async (_: unknown, init?: RequestInit) => {
        if (init?.mode === 'no-cors') return new Response();
        throw new TypeError('Failed to fetch');
      },
    };
    const orders = ordersClientOn(inPage as never, { baseUrl: 'https://api.example.com/api', token: 't' });

    const error = await errorOf(time.settle(orders.createOrder(exampleOrder)));

    expect(error).toMatchObject({ name: 'UsageError' });
    expect(time.now()).toBe(0);
    expect(error.message).toMatch(/CORS.*https:\/\/shop\.example/);
  });
});
