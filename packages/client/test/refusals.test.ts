import { describe, expect, it } from '@jest/globals';
import type { OrderHandle } from '../src/order-handle.ts';
import { OrderService } from '../src/order-service.ts';
import {
  aClient,
  aLiveJob,
  answered,
  calls,
  completion,
  errorOf,
  exampleOrder,
  type Fixture,
  reads,
} from './client-fixture.ts';
import type { PlannedAnswer } from './support/orders-server.ts';
import { soon, until } from './support/until.ts';

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

  const passing = [408, 425, 429, 500, 502, 503, 504];

  it.each(calls)('that passes, and a lost answer, is outlasted by %s', async (_, call) => {
    const fixture = await aClient();
    const { server, time } = fixture;
    const { jobId } = server.create();

    for (const status of passing) {
      server.faults.answers.push({ status, body: 'Try again' });
      await time.settle(call(fixture, jobId));
    }
    server.faults.lostAnswers = 1;
    await time.settle(call(fixture, jobId));

    expect(server.requests).toHaveLength(2 * (passing.length + 1));
  });

  it.each(passing)('with status %i is outlasted by the order service', async (status) => {
    const { server } = await aClient();
    const service = new OrderService({ baseUrl: server.baseUrl, token: 'secret' });
    const { jobId } = server.create();
    server.move(jobId, completion);
    server.faults.answers.push({ status, body: 'Try again' });

    expect(await service.pollJobStatus(jobId, { interval: 0 })).toEqual(completion.result);
  });

  it('that passes makes a watch wait longer each time, until an answer comes', async () => {
    const { orders, server, time } = await aClient({ transport: 'polling' });
    const handle = orders.watch(server.create());
    server.faults.answers.push(...[503, 408, 429].map((status) => ({ status })));
    const pauses: number[] = [];

    handle.subscribe({});
    for (let read = 0; read < 4; read++) {
      time.pass(Math.min(...time.timers()));
      await answered({ time });
      pauses.push(...time.timers());
    }

    expect(pauses).toEqual([250, 500, 1_000, 2_000]);
    expect(handle.state().connection).toBe('polling');
    handle.close();
  });

  const fromProxy = (status: number): PlannedAnswer => ({
    status,
    headers: { 'x-request-id': '' },
    body: '<html>No</html>',
  });
  const fromApi = { status: 404, body: { code: 'not_found' } };

  /** Watches a job over HTTP until the planned answers are given, or the watch has ended. */
  async function aWatch({ server, time }: Fixture, handle: OrderHandle, answers: PlannedAnswer[]) {
    server.faults.answers.push(...answers);
    const result = handle.result();
    result.catch(() => {});
    await time.settle(until(() => server.faults.answers.length === 0 || !!handle.state().error));
    await answered({ time });
    return result;
  }

  const known: [string, (fixture: Fixture) => Promise<OrderHandle>][] = [
    ['its acceptance', ({ orders }) => orders.createOrder(exampleOrder)],
    [
      'a handle that was kept',
      async ({ orders }) => orders.watch(JSON.parse(JSON.stringify(await orders.createOrder(exampleOrder)))),
    ],
    ['the history', async ({ orders, server }) => orders.watch(server.create())],
    [
      'an earlier answer',
      async ({ orders, server }) => {
        const handle = orders.watch(server.create().jobId);
        await handle.status();
        return handle;
      },
    ],
  ];

  it.each(known.flatMap(([by, knows]) => [401, 403, 404, 408].map((status) => [status, by, knows] as const)))(
    'with status %i from a proxy does not end the watch of a job that is known by %s',
    async (status, _, knows) => {
      const fixture = await aClient({ transport: 'polling' });
      const { server, time } = fixture;
      const handle = await knows(fixture);

      const result = aWatch(fixture, handle, Array(4).fill(fromProxy(status)));
      await until(() => server.faults.answers.length === 0 || !!handle.state().error);

      expect(handle.state().error).toBeUndefined();
      server.move(handle.jobId, completion);
      expect(await time.settle(result)).toEqual(completion.result);
    },
  );

  it.each(
    (['auto', 'polling', 'socket'] as const).flatMap((transport) =>
      [fromApi, fromProxy(403), fromProxy(404)].map((answer) => [transport, answer] as const),
    ),
  )("ends, over transport '%s', the watch of a job that nobody has shown: %j", async (transport, answer) => {
    const { orders, server, time } = await aClient({ transport });
    const handle = orders.watch(server.create().jobId);
    const refusal = { name: 'OrderRefusedError', status: answer.status, jobId: handle.jobId };
    const told: Error[] = [];
    handle.subscribe({ onError: (error) => told.push(error) });
    server.faults.answers.push(answer);

    const ended = [errorOf(handle.result()), errorOf(handle.updates().next())];
    time.pass(0);

    for (const error of ended) expect(await soon(error)).toMatchObject(refusal);
    expect(told).toMatchObject([refusal]);
    expect(handle.state().error).toMatchObject(refusal);
    expect([reads(server), time.timers()]).toEqual([1, []]);
  });

  it('of the API itself ends a watch after three in a row', async () => {
    const fixture = await aClient({ transport: 'polling' });
    const handle = fixture.orders.watch(fixture.server.create());

    const result = aWatch(fixture, handle, Array(3).fill(fromApi));

    await until(() => fixture.server.faults.answers.length === 0 || !!handle.state().error);
    expect(fixture.server.faults.answers).toEqual([]);
    fixture.server.move(handle.jobId, completion);
    expect(await errorOf(fixture.time.settle(result))).toMatchObject({
      code: 'not_found',
      jobId: handle.jobId,
    });
  });

  it('of the API itself does not end a watch that has seen its job, if there are not three in a row', async () => {
    const fixture = await aClient({ transport: 'polling' });
    const { server, time } = fixture;
    const job = server.create();
    const handle = fixture.orders.watch(job);

    const answers = [fromApi, fromApi, { status: 200, body: job }, fromApi, fromApi];
    const result = aWatch(fixture, handle, answers);
    await until(() => server.faults.answers.length === 0 || !!handle.state().error);

    expect(handle.state().error).toBeUndefined();
    server.move(handle.jobId, completion);
    expect(await time.settle(result)).toEqual(completion.result);
  });

  it('of a status request does not end a watch whose socket works', async () => {
    const { server, time, handle, result } = await aLiveJob({ heartbeatMs: 1e9 });
    server.faults.answers.push(...Array(5).fill(fromApi));

    while (server.faults.answers.length) {
      time.pass(Math.min(...time.timers()));
      await answered({ time });
      expect(handle.state()).toMatchObject({ connection: 'live', error: undefined });
    }
    server.move(handle.jobId, completion);

    expect(await soon(result)).toEqual(completion.result);
  });
});
