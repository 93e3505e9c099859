import { describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import type { StatusDocument } from '../src/protocol.ts';
import { aClient, completion, errorOf, exampleOrder } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

const methodsOf = (requests: readonly { readonly method: string }[]) => requests.map(({ method }) => method);

/** What `new WebSocket` does where there is none. */
const noWebSocket = () => {
  throw new ReferenceError('WebSocket is not defined');
};

/** Collects versions until the job ends. */
async function versionsOf(updates: AsyncIterable<StatusDocument>): Promise<number[]> {
  const versions: number[] = [];
  for await (const { version } of updates) versions.push(version);
  return versions;
}

describe('watching a job over a socket', () => {
  it('subscribes with the ticket and gives every version up to the last', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    const versions = versionsOf(handle);
    await server.until(() => server.messages.length === 1);
    server.move(handle.jobId, { status: 'processing' });
    server.move(handle.jobId, { progress: 25 });
    server.move(handle.jobId, completion);

    expect(await soon(versions)).toEqual([1, 2, 3, 4]);
    expect(server.messages).toEqual([{ action: 'subscribe', jobId: handle.jobId, ticket: 'ticket+1' }]);
    expect(methodsOf(server.requests)).toEqual(['POST', 'UPGRADE']);
    await server.until(() => server.sockets() === 0);
  });

  it('drops versions that it has already', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    const versions = versionsOf(handle);
    await server.until(() => server.messages.length === 1);
    const job = server.move(handle.jobId, { status: 'processing' });
    server.send({ type: 'status', jobId: job.jobId, version: 2, job });
    server.send({ type: 'status', jobId: job.jobId, version: 1, job: { ...job, version: 1 } });
    server.move(handle.jobId, completion);

    expect(await soon(versions)).toEqual([1, 2, 3]);
  });

  it('comes back when the socket is lost, and asks for what it missed', async () => {
    const { orders, server, time } = await aClient();
    const seen: number[] = [];
    const handle = await orders.createOrder(exampleOrder, { onUpdate: ({ version }) => seen.push(version) });
    await server.until(() => server.messages.length === 1);
    server.move(handle.jobId, { status: 'processing' });
    const result = handle.result();

    server.dropSockets();
    await server.until(() => server.sockets() === 0);
    server.move(handle.jobId, { progress: 25 });
    await time.next(500);
    await server.until(() => server.messages.length === 2);
    server.move(handle.jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
    expect(seen.at(-1)).toBe(4);
    expect(server.messages[1]).toEqual({ action: 'subscribe', jobId: handle.jobId, ticket: 'ticket+1' });
  });

  it('gives every version once to each who listens', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    const [first, second, result] = [versionsOf(handle), versionsOf(handle), handle.result()];
    await server.until(() => server.messages.length === 1);
    server.move(handle.jobId, completion);
    await soon(result);

    expect(await soon(first)).toEqual(await second);
    expect(await versionsOf(handle)).toEqual([2]);
    expect(methodsOf(server.requests)).toEqual(['POST', 'UPGRADE']);
  });

  it('ends when nobody listens any more', async () => {
    const { orders, server, time } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    for await (const { version } of handle) if (version === 1) break;

    await server.until(() => server.sockets() === 0);
    expect(time.timers()).toEqual([]);
  });

  it('goes on when the application’s callback fails, and tells it', async () => {
    const { orders, server, time } = await aClient();
    const handle = await orders.createOrder(exampleOrder, {
      onUpdate: () => {
        throw new Error('oops');
      },
    });
    const result = handle.result();
    await server.until(() => server.messages.length === 1);
    server.move(handle.jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
    expect(() => time.pass(0)).toThrow('oops');
  });
});

describe('watching a job without a socket', () => {
  it('polls as the API asks for, and only for news', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);

    const result = handle.result();
    await time.next();
    expect(time.now()).toBe(0);
    await time.next();
    expect(time.now()).toBe(2_000);
    await server.until(() => server.requests.length === 3);
    server.move(handle.jobId, completion);
    await time.settle(result);

    const polls = server.requests.slice(1);
    expect(new Set(methodsOf(polls))).toEqual(new Set(['GET']));
    expect(polls.slice(0, 3).map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"1"',
      '"1"',
    ]);
    expect(await soon(result)).toEqual(completion.result);
  });

  it('polls where the platform has no WebSocket', async () => {
    const { server, time } = await aClient();
    const without = { ...time, open: noWebSocket };
    const orders = ordersClientOn(without, { baseUrl: server.baseUrl, token: 'secret' });
    const handle = await orders.createOrder(exampleOrder);
    server.move(handle.jobId, completion);

    expect(await time.settle(handle.result())).toEqual(completion.result);
    expect(methodsOf(server.requests)).toEqual(['POST', 'GET']);
  });

  it('polls when the handshake is refused, while it tries again', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noHandshake = true;
    const handle = await orders.createOrder(exampleOrder);

    const result = handle.result();
    await time.next(); // The second handshake, after 250 ms.
    await server.until(
      () => methodsOf(server.requests).filter((method) => method === 'UPGRADE').length === 2,
    );
    server.move(handle.jobId, completion);

    expect(await time.settle(result)).toEqual(completion.result);
    expect(methodsOf(server.requests)).toContain('GET');
  });

  it('polls at once when the subscription is refused, and leaves the socket alone', async () => {
    const { orders, server, time } = await aClient();
    server.faults.refusal = 'The job has 25 watchers already.';
    const handle = await orders.createOrder(exampleOrder);

    const result = handle.result();
    await server.until(() => server.messages.length === 1);
    await server.until(() => server.sockets() === 0);
    server.move(handle.jobId, completion);

    expect(await time.settle(result)).toEqual(completion.result);
    expect(time.now()).toBe(0);
    expect(methodsOf(server.requests)).toEqual(['POST', 'UPGRADE', 'GET']);
  });

  it('polls once a moment has passed without a status over the socket', async () => {
    const { orders, server, time } = await aClient();
    server.faults.silent = true;
    const handle = await orders.createOrder(exampleOrder);

    const result = handle.result();
    await server.until(() => server.messages.length === 1);
    server.move(handle.jobId, completion);
    await time.next();

    expect(time.now()).toBe(1_000);
    expect(await soon(result)).toEqual(completion.result);
  });

  it('outlasts faults of the server and of the network', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);
    server.faults.answers.push(
      { status: 503, headers: { 'retry-after': '2' } },
      { status: 429, body: { message: 'Too Many Requests' } },
      { status: 200, body: '<html>Log in</html>' },
    );

    const result = handle.result();
    const seen = time.settle(result);
    await server.until(() => server.requests.length === 5);
    server.faults.lostAnswers = 1;
    await server.until(() => server.requests.length === 6);
    server.move(handle.jobId, completion);

    expect(await seen).toEqual(completion.result);
  });

  it('outlasts a token that cannot be renewed for a while', async () => {
    const { server, time } = await aClient();
    let isOffline = false;
    const orders = ordersClientOn(
      { ...time, open: noWebSocket },
      {
        baseUrl: server.baseUrl,
        token: async () => {
          if (!isOffline) return 'secret';
          isOffline = false;
          throw new TypeError('fetch failed');
        },
      },
    );
    const handle = await orders.createOrder(exampleOrder);
    isOffline = true;
    server.move(handle.jobId, completion);

    expect(await time.settle(handle.result())).toEqual(completion.result);
  });

  it('ends when the API knows no such job', async () => {
    const { orders, time } = await aClient();

    const error = await errorOf(time.settle(orders.watch('unknown').result()));

    expect(error).toMatchObject({ name: 'OrderRefusedError', code: 'not_found', jobId: 'unknown' });
    expect(time.timers()).toEqual([]);
  });

  it('ends its request when nobody listens any more', async () => {
    const requests: (AbortSignal | null | undefined)[] = [];
    const { orders, server, time } = await aClient({
      transport: 'polling',
      fetch(_, init) {
        requests.push(init?.signal);
        return new Promise(() => {});
      },
    });

    const stop = orders.watch(server.create()).subscribe({});
    time.pass(0);
    await until(() => requests.length > 0);
    stop();

    await until(() => time.timers().length === 0);
    expect(requests.map((signal) => signal?.aborted)).toEqual([true]);
  });

  it('reads at once when the network is back', async () => {
    const { orders, server, time } = await aClient();
    server.faults.noUpdatesUrl = true;
    const handle = await orders.createOrder(exampleOrder);
    server.move(handle.jobId, completion);

    const result = handle.result();
    time.wake();
    time.pass(0);

    expect(await soon(result)).toEqual(completion.result);
  });
});
