import { describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import { aClient, errorOf, exampleOrder } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

const keysOf = (requests: readonly { readonly headers: Record<string, unknown> }[]) =>
  requests.map(({ headers }) => headers['idempotency-key']);

const neverAnswering: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });

describe('submitting an order', () => {
  it('sends the order with the token and a key of its own', async () => {
    const { orders, server } = await aClient();

    const { jobId, statusUrl } = await orders.createOrder(exampleOrder);

    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/api/orders' });
    expect(request?.headers.authorization).toBe('Bearer secret');
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(request?.body ?? '')).toEqual(exampleOrder);
    expect(server.jobs.has(jobId)).toBe(true);
    expect(statusUrl).toBe(`${server.baseUrl}/orders/status/${jobId}`);
  });

  it('repeats it with the same key when the answer was lost, and makes one job', async () => {
    const { orders, server, time } = await aClient();
    server.faults.lostAnswers = 2;

    const { jobId } = await time.settle(orders.createOrder(exampleOrder, { idempotencyKey: 'my-key' }));

    expect(keysOf(server.requests)).toEqual(['my-key', 'my-key', 'my-key']);
    expect([...server.jobs.keys()]).toEqual([jobId]);
  });

  it('waits as long as a busy API asks for', async () => {
    const { orders, server, time } = await aClient();
    server.faults.answers.push({ status: 429, headers: { 'retry-after': '3' }, body: { message: 'Busy' } });

    const submitted = orders.createOrder(exampleOrder);
    await time.next();

    expect(time.now()).toBe(3_250);
    await submitted;
    expect(new Set(keysOf(server.requests)).size).toBe(1);
  });

  it('repeats it after a fault of the server, and after an answer that is not the API’s', async () => {
    const { orders, server, time } = await aClient();
    server.faults.answers.push({ status: 502, body: '<html>' }, { status: 200, body: '<html>Log in</html>' });

    await time.settle(orders.createOrder(exampleOrder));

    expect(server.requests).toHaveLength(3);
  });

  it('does not repeat an order that was refused, and gives the problem document', async () => {
    const { orders, server } = await aClient();
    const problem = {
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: 'Some fields were refused.',
      code: 'invalid_fields',
      requestId: 'r-1',
      errors: [{ pointer: '/email', detail: 'Must be an e-mail address.' }],
    };
    server.faults.answers.push({ status: 422, body: problem });

    const error = await errorOf(orders.createOrder(exampleOrder));

    expect(error).toMatchObject({ name: 'OrderRefusedError', code: 'invalid_fields', status: 422, problem });
    expect(error.message).toBe('Some fields were refused.');
    expect(server.requests).toHaveLength(1);
  });

  it('makes a problem document of what a gateway answers without one', async () => {
    const { orders, server } = await aClient();
    const headers = { 'x-request-id': 'gw-1' };
    server.faults.answers.push({ status: 403, headers, body: { message: 'Forbidden' } });

    const error = await errorOf(orders.createOrder(exampleOrder));

    expect(error).toHaveProperty('problem', {
      type: 'about:blank',
      title: 'HTTP 403',
      status: 403,
      detail: 'Forbidden',
      code: 'http_403',
      requestId: 'gw-1',
    });
  });

  it('gives up when the time is over, and says what was wrong last', async () => {
    const { orders, server, time } = await aClient();
    server.faults.lostAnswers = Number.POSITIVE_INFINITY;

    const error = await errorOf(time.settle(orders.createOrder(exampleOrder, { timeout: 1_000 })));

    expect(error).toMatchObject({ name: 'TimedOutError', code: 'timed_out', message: 'Operation timed out' });
    expect(error.cause).toMatchObject({ name: 'UnreachableError' });
    expect(time.now()).toBeLessThanOrEqual(1_000);
  });

  it('gives the last attempt no longer than what is left of the time', async () => {
    const answers = [Promise.resolve(new Response('', { status: 503, headers: { 'retry-after': '3' } }))];
    const { orders, time } = await aClient({ fetch: () => answers.shift() ?? new Promise(() => {}) });

    const error = await errorOf(time.settle(orders.createOrder(exampleOrder, { timeout: 8_000 })));

    expect(error).toMatchObject({ name: 'TimedOutError' });
    expect(time.now()).toBe(8_000);
  });

  it('gives up an answer that does not come within the time', async () => {
    const { orders, time } = await aClient({ fetch: neverAnswering });

    const submitted = errorOf(orders.createOrder(exampleOrder, { timeout: 1_000 }));
    await time.next();

    expect(await soon(submitted)).toMatchObject({ name: 'TimedOutError' });
  });

  it('ends, and its request with it, when its signal is aborted while it waits for an answer', async () => {
    const requests: (AbortSignal | null | undefined)[] = [];
    const { orders, time } = await aClient({
      fetch(_, init) {
        requests.push(init?.signal);
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();

    const submitted = errorOf(orders.createOrder(exampleOrder, { signal: controller.signal }));
    await until(() => requests.length > 0);
    expect(requests[0]?.aborted).toBe(false);
    controller.abort('changed my mind');

    expect(await soon(submitted)).toMatchObject({
      name: 'AbortedError',
      code: 'aborted',
      cause: 'changed my mind',
    });
    expect(requests.map((signal) => signal?.aborted)).toEqual([true]);
    expect(time.timers()).toEqual([]);
  });

  it('ends when its signal is aborted between two attempts', async () => {
    const { orders, server, time } = await aClient();
    const controller = new AbortController();
    server.faults.lostAnswers = 1;

    const submitted = errorOf(orders.createOrder(exampleOrder, { signal: controller.signal }));
    await time.due();
    controller.abort('too late');

    expect(await soon(submitted)).toMatchObject({ name: 'AbortedError', cause: 'too late' });
    expect(server.requests).toHaveLength(1);
    expect(time.timers()).toEqual([]);
  });

  it('asks nothing when its signal was aborted before', async () => {
    const { orders, server } = await aClient();

    const error = await errorOf(
      orders.createOrder(exampleOrder, { signal: AbortSignal.abort('never mind') }),
    );

    expect(error).toMatchObject({ name: 'AbortedError', cause: 'never mind' });
    expect(server.requests).toEqual([]);
  });

  it('does not wait for a token beyond its time, nor after its signal', async () => {
    const { server, time } = await aClient();
    const orders = ordersClientOn(time, {
      baseUrl: server.baseUrl,
      token: () => new Promise<string>(() => {}),
    });
    const controller = new AbortController();

    const late = errorOf(orders.createOrder(exampleOrder, { timeout: 1_000 }));
    const aborted = errorOf(orders.createOrder(exampleOrder, { signal: controller.signal }));
    controller.abort('changed my mind');
    await time.next();

    expect(await soon(late)).toMatchObject({ name: 'TimedOutError' });
    expect(await soon(aborted)).toMatchObject({ name: 'AbortedError', cause: 'changed my mind' });
    expect(server.requests).toEqual([]);
  });

  it('asks for a token before every request', async () => {
    const { server, time } = await aClient();
    const tokens = ['first', 'second'];
    const orders = ordersClientOn(time, {
      baseUrl: `${server.baseUrl}/`,
      token: async () => tokens.shift() ?? '',
    });
    server.faults.lostAnswers = 1;

    await time.settle(orders.createOrder(exampleOrder));

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
  });
});
