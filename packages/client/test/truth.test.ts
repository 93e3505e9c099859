import { describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import { aClient, completion, errorOf, exampleOrder } from './client-fixture.ts';
import type { OrdersServer, PlannedAnswer } from './support/orders-server.ts';

const reads = ({ requests }: OrdersServer) => requests.filter(({ method }) => method === 'GET').length;

/** A job that is watched, live over its socket. */
async function aLiveJob() {
  const fixture = await aClient();
  const connections: string[] = [];
  const handle = await fixture.orders.createOrder(exampleOrder, {
    onConnection: (connection) => connections.push(connection),
  });
  const result = handle.result();
  await fixture.server.until(() => fixture.server.messages.length === 1);
  while (handle.state().connection !== 'live') await new Promise((resolve) => setImmediate(resolve));
  return { ...fixture, connections, handle, result };
}

describe('a socket that is open', () => {
  it('is found out when pushes fail', async () => {
    const { server, time, handle, result } = await aLiveJob();
    server.faults.noPush = true;
    server.move(handle.jobId, completion);

    await time.next(10_000);

    expect(await result).toEqual(completion.result);
    expect(time.now()).toBeLessThanOrEqual(10_000);
  });

  it('is no longer believed after it was silent about a change', async () => {
    const { server, time, handle, result } = await aLiveJob();
    server.faults.noPush = true;
    server.move(handle.jobId, { status: 'processing' });

    await time.next(10_000);
    await server.until(() => reads(server) === 1);
    server.move(handle.jobId, completion);
    await time.next(2_000);

    expect(await result).toEqual(completion.result);
  });

  it('is checked at growing intervals', async () => {
    const { server, time, result, handle } = await aLiveJob();
    const checkedAt: number[] = [];

    for (let check = 1; check <= 4; check++) {
      while (reads(server) < check) {
        time.pass(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      checkedAt.push(Math.round(time.now() / 10_000));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    server.move(handle.jobId, completion);

    expect(checkedAt[0]).toBe(1);
    expect((checkedAt[3] ?? 0) - (checkedAt[2] ?? 0)).toBeGreaterThan(
      (checkedAt[1] ?? 0) - (checkedAt[0] ?? 0),
    );
    await time.settle(result);
  });

  it('is checked when the estimated completion has passed', async () => {
    const { server, time, handle } = await aLiveJob();
    // The server's date is the real one.
    const estimatedCompletion = new Date(Date.now() + 3_000).toISOString();

    server.move(handle.jobId, { estimatedCompletion, updatedAt: new Date().toISOString() });
    await time.due(5_000);

    expect(handle.remaining()).toBeLessThanOrEqual(3_000);
    expect(Math.min(...time.timers())).toBeLessThanOrEqual(4_000);
  });

  it('is checked on wake', async () => {
    const { server, time, orders, handle, result } = await aLiveJob();
    server.faults.noPush = true;
    server.faults.silent = true;
    server.move(handle.jobId, completion);

    // A page that is shown again fires several events.
    for (let event = 0; event < 3; event++) {
      orders.wake();
      time.pass(0);
    }

    expect(await result).toEqual(completion.result);
    expect(reads(server)).toBe(1);
  });

  it('does not answer for the status', async () => {
    const { server, handle } = await aLiveJob();
    server.faults.noPush = true;
    server.move(handle.jobId, completion);

    expect(await handle.status()).toMatchObject({ version: 2, status: 'completed' });
  });

  it('is half open when its heartbeat is not answered', async () => {
    const { server, time, connections, handle } = await aLiveJob();
    server.faults.silent = true;
    server.faults.noPush = true;

    time.pass(50_000);
    await server.until(() => server.messages.length >= 2);
    time.pass(10_000);

    expect(connections.slice(0, 2)).toEqual(['connecting', 'live']);
    expect(handle.state().connection).not.toBe('live');
  });
});

/** What portals and proxies answer. */
const foreign: [string, PlannedAnswer][] = [
  ['HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' }],
  ['foreign JSON', { status: 200, body: { login: '/portal' } }],
  ['an empty object', { status: 200, body: {} }],
  ['a list', { status: 200, body: [] }],
  ['nothing', { status: 200 }],
  ['no content', { status: 204 }],
  ['not modified', { status: 304, headers: { etag: '"7"' } }],
];

describe.each(foreign)('an answer that is not the API’s: %s', (_, answer) => {
  it.each<[string, (fixture: Awaited<ReturnType<typeof aClient>>, jobId: string) => Promise<unknown>]>([
    ['createOrder', ({ orders }) => orders.createOrder(exampleOrder)],
    ['history', ({ orders }) => orders.history()],
    ['status', ({ orders }, jobId) => orders.watch(jobId).status()],
    ['cancel', ({ orders }, jobId) => orders.watch(jobId).cancel()],
    ['redrive', ({ orders }, jobId) => orders.watch(jobId).redrive()],
  ])('is repeated by %s', async (__, call) => {
    const fixture = await aClient();
    const { jobId } = fixture.server.create();
    fixture.server.faults.answers.push({ headers: {}, ...answer });

    await fixture.time.settle(call(fixture, jobId));

    expect(fixture.server.requests).toHaveLength(2);
  });

  it('is unreachable when nothing else comes', async () => {
    const { orders, server, time } = await aClient();
    for (let i = 0; i < 50; i++) server.faults.answers.push(answer);

    const error = await errorOf(time.settle(orders.order('o-1')));

    expect(error).toMatchObject({ name: 'UnreachableError', code: 'unreachable' });
  });
});

describe('a refusal', () => {
  it('has the HTTP status, whatever its body says', async () => {
    const { orders, server } = await aClient();
    server.faults.answers.push({
      status: 422,
      body: { code: 'invalid_fields', detail: 'Bad.', status: 200 },
    });

    const error = await errorOf(orders.createOrder(exampleOrder));

    expect(error).toMatchObject({ status: 422, code: 'invalid_fields', problem: { status: 422 } });
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('with status %i is repeated everywhere', async (status) => {
    const fixture = await aClient();
    const { orders, server, time } = fixture;
    const { jobId } = server.create();
    const handle = orders.watch(jobId);
    const calls: (() => Promise<unknown>)[] = [
      () => orders.createOrder(exampleOrder),
      () => orders.history(),
      () => handle.status(),
      () => handle.cancel(),
      () => handle.redrive(),
    ];

    for (const call of calls) {
      server.faults.answers.push({ status, body: 'Try again' });
      await time.settle(call());
    }

    expect(server.requests).toHaveLength(2 * calls.length);
  });

  it.each([401, 403, 404, 408])(
    'with status %i from a proxy does not end a watch that has seen its job',
    async (status) => {
      const { orders, server, time } = await aClient();
      server.faults.noUpdatesUrl = true;
      const handle = await orders.createOrder(exampleOrder);
      const result = handle.result();
      await time.next();
      await server.until(() => reads(server) === 1);
      while (!handle.state().job) await new Promise((resolve) => setImmediate(resolve));

      const fromProxy = { status, headers: { 'x-request-id': '' }, body: '<html>No</html>' };
      for (let i = 0; i < 4; i++) server.faults.answers.push(fromProxy);
      const settled = time.settle(result);
      await server.until(() => server.faults.answers.length === 0);
      server.move(handle.jobId, completion);

      expect(await settled).toEqual(completion.result);
    },
  );

  it('of the API itself ends a watch after three in a row', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);
    const result = errorOf(handle.result());
    await time.next();
    await server.until(() => reads(server) === 1);
    while (!handle.state().job) await new Promise((resolve) => setImmediate(resolve));

    for (let i = 0; i < 3; i++) server.faults.answers.push({ status: 404, body: { code: 'not_found' } });

    expect(await time.settle(result)).toMatchObject({ code: 'not_found', jobId: handle.jobId });
  });

  it('of the API itself, twice in a row, does not end a watch that has seen its job', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);
    const result = handle.result();
    await time.next();
    await server.until(() => reads(server) === 1);
    while (!handle.state().job) await new Promise((resolve) => setImmediate(resolve));

    for (let i = 0; i < 2; i++) server.faults.answers.push({ status: 404, body: { code: 'not_found' } });
    const settled = time.settle(result);
    await server.until(() => server.faults.answers.length === 0);
    server.move(handle.jobId, completion);

    expect(await settled).toEqual(completion.result);
  });

  it('of a status request does not end a watch whose socket works', async () => {
    const { server, time, handle, result } = await aLiveJob();
    for (let i = 0; i < 5; i++) server.faults.answers.push({ status: 404, body: { code: 'not_found' } });

    while (reads(server) < 5) {
      time.pass(500);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    server.move(handle.jobId, completion);

    expect(await result).toEqual(completion.result);
  });
});

describe('Retry-After', () => {
  it('as a date is relative to the answer’s own date', async () => {
    const { orders, server, time } = await aClient();
    const headers = { date: 'Tue, 01 Jan 2030 00:00:00 GMT', 'retry-after': 'Tue, 01 Jan 2030 00:00:03 GMT' };
    server.faults.answers.push({ status: 503, headers });

    const submitted = orders.createOrder(exampleOrder);
    await time.next();
    await submitted;

    expect(time.now()).toBe(3_250);
  });

  it('of a refusal is respected on wake, too', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);
    server.faults.answers.push({ status: 429, headers: { 'retry-after': '30' } });
    const result = handle.result();
    await time.next();
    while (handle.state().connection !== 'offline') await new Promise((resolve) => setImmediate(resolve));

    orders.wake();
    time.pass(29_000);
    expect(reads(server)).toBe(1);
    server.move(handle.jobId, completion);
    time.pass(1_000);

    expect(await result).toEqual(completion.result);
  });
});

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

    expect(await errorOf(orders.createOrder(exampleOrder))).toMatchObject({
      name: 'UsageError',
      code: 'invalid_usage',
      idempotencyKey: expect.any(String),
    });
    const watched = errorOf(orders.watch('id').result());
    time.pass(0);
    expect(await watched).toMatchObject({ name: 'UsageError' });
    expect(server.requests).toEqual([]);
  });

  it('fails at once: a mistake in the fetch of the application', async () => {
    const { time } = await aClient();
    const broken = () => {
      throw new TypeError('undefined is not a function');
    };
    const orders = ordersClientOn({ ...time, fetch: broken }, { baseUrl: 'https://api.example', token: 't' });

    expect(await errorOf(orders.history())).toMatchObject({
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

    const error = await errorOf(orders.createOrder(exampleOrder));

    expect(error).toMatchObject({ name: 'UsageError' });
    expect(error.message).toMatch(/CORS.*https:\/\/shop\.example/);
  });
});

describe('a refused token', () => {
  const unauthorized = { status: 401, body: { message: 'Unauthorized' } };

  it('is renewed once', async () => {
    const { server, time } = await aClient();
    const asked: boolean[] = [];
    const orders = ordersClientOn(time, {
      baseUrl: server.baseUrl,
      token({ refused }) {
        asked.push(refused);
        return refused ? 'new' : 'old';
      },
    });
    server.faults.answers.push(unauthorized);

    await orders.createOrder(exampleOrder);

    expect(asked).toEqual([false, true]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('that stays refused signs every listener out, in the middle of a watch', async () => {
    const { server, time, orders, handle, result } = await aLiveJob();
    const errors: string[] = [];
    orders.watch(handle.jobId).subscribe({ onError: ({ name }) => errors.push(name) });
    handle.subscribe({ onError: ({ name }) => errors.push(name) });
    const iteration = errorOf(
      handle
        .updates()
        .next()
        .then(() => handle.updates({}).next())
        .then(() => result),
    );
    server.faults.answers.push(unauthorized, unauthorized);

    orders.wake();
    time.pass(0);

    const signedOut = { name: 'SignedOutError', code: 'signed_out', jobId: handle.jobId };
    expect(await errorOf(result)).toMatchObject(signedOut);
    expect(await iteration).toMatchObject(signedOut);
    expect(errors).toEqual(['SignedOutError', 'SignedOutError']);
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(2);
    expect(time.timers()).toEqual([]);
  });

  it('is renewed once for all requests that it failed', async () => {
    const { server, time } = await aClient();
    let renewals = 0;
    const orders = ordersClientOn(time, {
      baseUrl: server.baseUrl,
      async token({ refused }) {
        if (refused) {
          renewals++;
          await server.until(() => server.requests.length >= 5);
        }
        return refused ? 'new' : 'old';
      },
    });
    server.faults.answers.push(...Array(5).fill(unauthorized));

    await Promise.all(Array.from({ length: 5 }, () => orders.history()));

    expect(renewals).toBe(1);
  });
});

describe('a hundred jobs', () => {
  it('share one socket, and are not all asked for at once', async () => {
    const { orders, server, time } = await aClient();
    const handles = Array.from({ length: 100 }, () => orders.watch(server.create()));
    const results = handles.map((handle) => handle.result());

    await server.until(() => server.messages.length === 100);
    while (handles.some((handle) => handle.state().connection !== 'live')) {
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(server.sockets()).toBe(1);
    expect(reads(server)).toBe(0);
    expect(Math.min(...time.timers())).toBeGreaterThan(10_000);
    for (const { jobId } of handles) server.move(jobId, completion);
    await Promise.all(results);
    await server.until(() => server.sockets() === 0);
  });

  it('of one id in many components are one watch', async () => {
    const { orders, server, time } = await aClient();
    const { jobId } = server.create();
    const upper = jobId.toUpperCase();

    const stops = [jobId, upper, jobId].map((id) => orders.watch(id).subscribe({}));
    time.pass(0);
    await server.until(() => reads(server) === 1);

    while (!orders.watch(jobId).state().job) await new Promise((resolve) => setImmediate(resolve));
    expect(orders.watch(upper).state()).toBe(orders.watch(jobId).state());
    for (const stop of stops) stop();
    expect(reads(server)).toBe(1);
  });
});
