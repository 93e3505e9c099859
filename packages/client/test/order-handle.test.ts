import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { aClient, completion, errorOf, exampleOrder, failure } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

/** An order that was watched until it failed, and how. */
async function aRedrivableFailure() {
  const { orders, server, time } = await aClient();
  const handle = await orders.createOrder(exampleOrder);
  const failing = errorOf(handle.result());
  await server.until(() => server.messages.length === 1);
  server.move(handle.jobId, { ...failure, error: { ...failure.error, redrivable: true } });
  return { server, time, handle, failed: await soon(failing) };
}

describe('the handle of an order', () => {
  it('throws what a job failed of', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    const error = errorOf(handle.result());
    await server.until(() => server.messages.length === 1);
    const job = server.move(handle.jobId, failure);

    expect(await soon(error)).toMatchObject({
      name: 'JobFailedError',
      code: 'card_declined',
      message: 'The card was declined.',
      stage: 'payment',
      redrivable: false,
      job,
    });
  });

  it('tells a cancelled job from a failed one', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    const error = errorOf(handle.result());
    await server.until(() => server.messages.length === 1);
    await handle.cancel();
    expect(handle.state().job).toHaveProperty('cancelling', true);
    const cancelled = {
      code: 'cancelled',
      message: 'You cancelled it.',
      stage: 'payment',
      redrivable: false,
    };
    server.move(handle.jobId, { status: 'cancelled', error: cancelled, cancelling: undefined } as object);

    expect(await soon(error)).toMatchObject({
      name: 'JobCancelledError',
      code: 'cancelled',
      message: 'You cancelled it.',
    });
    expect(server.requests.at(-1)).toMatchObject({
      method: 'POST',
      url: `/api/orders/status/${handle.jobId}/cancel`,
    });
  });

  it('throws the refusal when a job cannot be cancelled', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);
    const body = { code: 'job_terminal', detail: 'The job is completed.' };
    server.faults.answers.push({ status: 409, body });

    const error = await errorOf(handle.cancel());

    expect(error).toMatchObject({ name: 'OrderRefusedError', status: 409, code: 'job_terminal' });
  });

  it('waits anew after a redrive', async () => {
    const { server, handle, failed } = await aRedrivableFailure();
    expect(failed).toMatchObject({ redrivable: true });
    await server.until(() => server.sockets() === 0);

    await handle.redrive();
    const result = handle.result();
    await server.until(() => server.messages.length === 2);
    server.move(handle.jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
  });

  it('asks once more before it believes in a failure that may have been redriven', async () => {
    const { server, time, handle } = await aRedrivableFailure();
    server.faults.lostAnswers = Number.POSITIVE_INFINITY;
    const redriven = errorOf(handle.redrive({ timeout: 6_000 }));
    expect(await time.settle(redriven)).toMatchObject({ name: 'UnreachableError', jobId: handle.jobId });
    server.faults.lostAnswers = 0;

    const result = handle.result();
    await server.until(() => server.sockets() === 1);
    server.move(handle.jobId, completion);

    expect(await time.settle(result)).toEqual(completion.result);
  });

  it('believes in a failure where there is no newer word of it', async () => {
    const { server, handle } = await aRedrivableFailure();

    await expect(handle.result()).rejects.toMatchObject({ code: 'card_declined' });
    server.faults.lostAnswers = 1;
    await expect(handle.result()).rejects.toMatchObject({ code: 'card_declined' });
  });

  it('reads the status when the job is not watched, and not again once it has ended', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);
    const reads = () => server.requests.filter(({ method }) => method === 'GET').length;

    expect(await handle.status()).toMatchObject({ version: 1 });
    server.move(handle.jobId, completion);
    expect(await handle.status()).toMatchObject({ version: 2, status: 'completed' });
    expect(await handle.status()).toMatchObject({ version: 2 });

    expect(reads()).toBe(2);
  });

  it('ends waits, iterations and subscriptions on close, at once, and can wait anew', async () => {
    const { orders, server, time } = await aClient();
    const handle = await orders.createOrder(exampleOrder);
    const seen: number[] = [];
    handle.subscribe({ onUpdate: ({ version }) => seen.push(version) });
    const ended = [
      errorOf(handle.result()),
      errorOf(
        handle
          .updates()
          .next()
          .then(() => handle.result()),
      ),
    ];
    await server.until(() => server.messages.length === 1);

    handle.close();
    server.move(handle.jobId, {});

    for (const error of await soon(Promise.all(ended))) expect(error).toMatchObject({ name: 'AbortedError' });
    await server.until(() => server.sockets() === 0);
    expect(time.timers()).toEqual([]);
    expect(seen.filter((version) => version > 1)).toEqual([]);
    server.move(handle.jobId, completion);
    expect(await handle.result()).toEqual(completion.result);
  });

  it('calls a subscriber until it unsubscribes', async () => {
    const { orders, server } = await aClient();
    const handle = await orders.createOrder(exampleOrder);
    const seen: number[] = [];

    const unsubscribe = handle.subscribe({ onUpdate: ({ version }) => seen.push(version) });
    const result = handle.result();
    await until(() => seen.length > 0);
    unsubscribe();
    server.move(handle.jobId, completion);
    await soon(result);

    expect(seen).toEqual([1]);
  });

  it('ends the waiting, not the job, when the time is over, and tells how the job stood', async () => {
    const { orders, time } = await aClient();
    const handle = await orders.createOrder(exampleOrder);

    const error = errorOf(handle.result({ timeout: 20_000 }));
    await until(() => handle.state().connection === 'live');
    time.pass(20_000);

    expect(await soon(error)).toMatchObject({
      name: 'TimedOutError',
      message: 'Operation timed out',
      job: { jobId: handle.jobId, version: 1, status: 'queued' },
    });
    expect(time.timers()).toEqual([]);
  });

  it('ends the waiting when a signal is aborted, its own or that of the order', async () => {
    const { orders, server, time } = await aClient();
    const [own, whole] = [new AbortController(), new AbortController()];
    const handle = await orders.createOrder(exampleOrder, { signal: whole.signal });

    const first = errorOf(handle.result({ signal: own.signal }));
    const second = errorOf(handle.result());
    own.abort('only me');
    expect(await soon(first)).toMatchObject({ name: 'AbortedError', cause: 'only me' });
    whole.abort('all of us');
    expect(await soon(second)).toMatchObject({ name: 'AbortedError', cause: 'all of us' });

    expect(await errorOf(soon(handle.result()))).toMatchObject({ name: 'AbortedError', cause: 'all of us' });
    expect(time.timers()).toEqual([]);
    await server.until(() => server.sockets() === 0);
  });

  it('leaves nothing behind at a signal that was not aborted', async () => {
    const { orders, server } = await aClient();
    const { signal } = new AbortController();

    const handle = await orders.createOrder(exampleOrder, { signal });
    await handle.status({ signal });
    server.move(handle.jobId, completion);
    await soon(handle.result({ signal }));

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
