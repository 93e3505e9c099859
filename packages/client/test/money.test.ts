import { describe, expect, it } from '@jest/globals';
import { OrderService } from '../src/order-service.ts';
import { aClient, aServer, errorOf, exampleOrder, failure } from './client-fixture.ts';

describe('the idempotency key', () => {
  it('is given out before anything is sent', async () => {
    const { orders, server } = await aClient();
    const given: [string, number, number][] = [];

    const handle = await orders.createOrder(exampleOrder, {
      async onAttempt({ idempotencyKey, attempt }) {
        await new Promise((resolve) => setImmediate(resolve));
        given.push([idempotencyKey, attempt, server.requests.length]);
      },
    });

    expect(given).toEqual([[handle.idempotencyKey, 1, 0]]);
    expect(server.requests[0]?.headers['idempotency-key']).toBe(handle.idempotencyKey);
  });

  it('is given out before every attempt, and is the same', async () => {
    const { orders, server, time } = await aClient();
    server.faults.lostAnswers = 2;
    const given: (readonly [string, number])[] = [];

    await time.settle(
      orders.createOrder(exampleOrder, {
        idempotencyKey: 'mine',
        onAttempt: ({ idempotencyKey, attempt }) => {
          given.push([idempotencyKey, attempt]);
        },
      }),
    );

    expect(given).toEqual([
      ['mine', 1],
      ['mine', 2],
      ['mine', 3],
    ]);
  });

  it('that cannot be kept keeps the order from being sent', async () => {
    const { orders, server } = await aClient();

    const error = await errorOf(
      orders.createOrder(exampleOrder, { onAttempt: () => Promise.reject(new Error('Storage is full.')) }),
    );

    expect(error.message).toBe('Storage is full.');
    expect(server.requests).toEqual([]);
  });

  it('is in every error of a submission, so that a second click makes no second job', async () => {
    const { orders, server, time } = await aClient();
    server.faults.lostAnswers = Number.POSITIVE_INFINITY;
    const error = await errorOf(time.settle(orders.createOrder(exampleOrder, { timeout: 6_000 })));
    server.faults.lostAnswers = 0;

    const { idempotencyKey } = error as { idempotencyKey?: string };
    const handle = await orders.createOrder(exampleOrder, { idempotencyKey });

    expect(error.name).toBe('TimedOutError');
    expect([...server.jobs.keys()]).toEqual([handle.jobId]);
  });

  it.each([
    ['a refusal', { status: 422, body: { code: 'invalid_fields', detail: 'Bad.' } }, 'OrderRefusedError'],
    ['a sign-out', { status: 401, body: { message: 'Unauthorized' } }, 'SignedOutError'],
  ])('is in %s', async (_, answer, name) => {
    const { orders, server } = await aClient();
    server.faults.answers.push(answer, answer);

    const error = await errorOf(orders.createOrder(exampleOrder, { idempotencyKey: 'mine' }));

    expect(error).toMatchObject({ name, idempotencyKey: 'mine' });
  });

  it('and the job are in the error of a failed job, of a timeout and of an abort', async () => {
    const { orders, server, time } = await aClient();
    const handle = await orders.createOrder(exampleOrder, { idempotencyKey: 'mine' });
    const known = { jobId: handle.jobId, idempotencyKey: 'mine' };

    const late = errorOf(handle.result({ timeout: 1 }));
    time.pass(1);
    expect(await late).toMatchObject({ name: 'TimedOutError', ...known });
    expect(await errorOf(handle.result({ signal: AbortSignal.abort() }))).toMatchObject(known);
    const failed = errorOf(handle.result());
    await server.until(() => server.messages.length > 0);
    server.move(handle.jobId, failure);
    expect(await failed).toMatchObject({ name: 'JobFailedError', ...known });
  });
});

describe('the order service', () => {
  it('says which job continues when its time is over', async () => {
    const server = await aServer();
    const service = new OrderService({ baseUrl: server.baseUrl, token: 'secret' });

    const error = await errorOf(service.createOrder(exampleOrder, { interval: 0, maxAttempts: 2 }));

    const [job] = server.jobs.values();
    expect(error).toMatchObject({
      name: 'TimedOutError',
      message: 'Operation timed out',
      jobId: job?.jobId,
      job: { version: 1, status: 'queued' },
      idempotencyKey: server.requests[0]?.headers['idempotency-key'],
    });
  });
});
