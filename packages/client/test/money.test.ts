import { describe, expect, it } from '@jest/globals';
import { OrderService } from '../src/order-service.ts';
import { ordersClientOn } from '../src/orders-client.ts';
import { aClient, aServer, errorOf, exampleOrder, failure } from './client-fixture.ts';
import type { PlannedAnswer } from './support/orders-server.ts';
import { soon } from './support/until.ts';

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

  it('is given out once an attempt, also when the token is renewed in it', async () => {
    const { orders, server } = await aClient();
    server.faults.answers.push({ status: 401, body: { message: 'Unauthorized' } });
    const attempts: number[] = [];

    await orders.createOrder(exampleOrder, {
      onAttempt: ({ attempt }) => {
        attempts.push(attempt);
      },
    });

    expect(attempts).toEqual([1]);
    expect(server.requests).toHaveLength(2);
  });

  it('that cannot be kept keeps the order from being sent', async () => {
    const { orders, server } = await aClient();

    const error = await errorOf(
      orders.createOrder(exampleOrder, { onAttempt: () => Promise.reject(new Error('Storage is full.')) }),
    );

    expect(error.message).toBe('Storage is full.');
    expect(server.requests).toEqual([]);
  });

  it('that takes forever to be kept is not waited for beyond the time, nor after the signal', async () => {
    const { orders, server, time } = await aClient();
    const controller = new AbortController();
    const onAttempt = () => new Promise<void>(() => {});

    const aborted = errorOf(orders.createOrder(exampleOrder, { onAttempt, signal: controller.signal }));
    const late = errorOf(orders.createOrder(exampleOrder, { onAttempt, timeout: 1_000 }));
    controller.abort();
    time.pass(1_000);

    expect(await soon(aborted)).toMatchObject({ name: 'AbortedError', idempotencyKey: expect.any(String) });
    expect(await soon(late)).toMatchObject({ name: 'TimedOutError', idempotencyKey: expect.any(String) });
    expect([server.requests, time.timers()]).toEqual([[], []]);
  });

  it.each([undefined, null as never])('is a new one for each order when it is %s', async (idempotencyKey) => {
    const { orders, server } = await aClient();
    const service = new OrderService({ baseUrl: server.baseUrl, token: 'secret' });

    const first = await orders.createOrder(exampleOrder, { idempotencyKey });
    const second = await orders.createOrder(exampleOrder, { idempotencyKey });
    for (const maxAttempts of [0, 0]) {
      await errorOf(service.createOrder(exampleOrder, { idempotencyKey, maxAttempts }));
    }

    expect(first.jobId).not.toBe(second.jobId);
    expect(server.jobs.size).toBe(4);
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
    const aborted = soon(handle.result({ signal: AbortSignal.abort() }));
    expect(await errorOf(aborted)).toMatchObject({ name: 'AbortedError', ...known });
    const failed = errorOf(handle.result());
    await server.until(() => server.messages.length > 0);
    server.move(handle.jobId, failure);
    expect(await soon(failed)).toMatchObject({ name: 'JobFailedError', ...known });
  });
});

/** A job that is watched by a handle with a key, and not yet known. */
async function aHandle() {
  const fixture = await aClient();
  const { jobId } = fixture.server.create();
  const handle = fixture.orders.watch({ jobId, idempotencyKey: 'mine' });
  return { ...fixture, handle };
}

type Handled = Awaited<ReturnType<typeof aHandle>>;
const unauthorized = { status: 401, body: { message: 'Unauthorized' } };
const refusing = ({ server }: Handled, ...answers: PlannedAnswer[]) => server.faults.answers.push(...answers);
const told = ({ handle }: Handled) =>
  new Promise<never>((_, onError) => {
    handle.subscribe({ onError });
  });

describe('every error about a job has its id and its key', () => {
  const errors: [string, (job: Handled) => Promise<unknown>][] = [
    ['TimedOutError of an iteration', ({ handle }) => handle.updates({ timeout: 0 }).next()],
    ['AbortedError of an iteration', ({ handle }) => handle.updates({ signal: AbortSignal.abort() }).next()],
    [
      'AbortedError of a wait that close() ends',
      ({ handle }) => {
        const result = handle.result();
        handle.close();
        return result;
      },
    ],
    ['AbortedError of a request', ({ handle }) => handle.status({ signal: AbortSignal.abort() })],
    [
      'UnreachableError of a cancellation',
      (job) => {
        job.server.faults.lostAnswers = 1;
        return job.handle.cancel({ timeout: 1 });
      },
    ],
    [
      'OrderRefusedError of a redrive',
      (job) => {
        refusing(job, { status: 409, body: { code: 'cannot_redrive', detail: 'No.' } });
        return job.handle.redrive();
      },
    ],
    [
      'OrderRefusedError of a listener',
      (job) => {
        refusing(job, { status: 404, body: { code: 'not_found' } });
        return told(job);
      },
    ],
    [
      'SignedOutError of an iteration',
      (job) => {
        refusing(job, unauthorized, unauthorized);
        return job.handle.updates().next();
      },
    ],
    [
      'UsageError of a listener',
      ({ time, handle }) =>
        told({ handle: ordersClientOn(time, { baseUrl: 'none', token: 't' }).watch(handle) } as Handled),
    ],
    [
      'JobFailedError of a wait',
      (job) => {
        job.server.move(job.handle.jobId, failure);
        return job.handle.result();
      },
    ],
    [
      'JobCancelledError of a wait',
      (job) => {
        job.server.move(job.handle.jobId, { ...failure, status: 'cancelled' });
        return job.handle.result();
      },
    ],
  ];

  it.each(errors)('the %s', async (name, fail) => {
    const job = await aHandle();

    const error = await errorOf(job.time.settle(fail(job)));

    expect(error).toMatchObject({
      name: name.split(' ')[0],
      jobId: job.handle.jobId,
      idempotencyKey: 'mine',
    });
  });

  it('the AbortedError of a submission has the key', async () => {
    const { orders } = await aClient();

    const options = { idempotencyKey: 'mine', signal: AbortSignal.abort() };

    expect(await errorOf(orders.createOrder(exampleOrder, options))).toMatchObject({
      name: 'AbortedError',
      idempotencyKey: 'mine',
    });
  });
});

describe('the order service', () => {
  it('has the job in the error of a refused status', async () => {
    const server = await aServer();
    const service = new OrderService({ baseUrl: server.baseUrl, token: 'secret' });

    expect(await errorOf(service.pollJobStatus('unknown'))).toMatchObject({
      name: 'OrderRefusedError',
      jobId: 'unknown',
    });
  });

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
