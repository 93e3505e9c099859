import { describe, expect, it } from '@jest/globals';
import { ordersClientOn, type WatchingOptions } from '../src/orders-client.ts';
import type { Connection } from '../src/watch.ts';
import { aClient, answered, completion, errorOf, type Fixture } from './client-fixture.ts';
import type { TestPlatform } from './support/test-platform.ts';
import { soon, until } from './support/until.ts';

/** A watched job, and how the client has known of it. */
async function aWatchedJob(options: WatchingOptions, change: Partial<TestPlatform> = {}) {
  const fixture = await aClient();
  const { server, time } = fixture;
  const orders = ordersClientOn({ ...time, ...change }, { baseUrl: server.baseUrl, token: 't', ...options });
  const connections: Connection[] = [];
  const handle = orders.watch(server.create(), {
    onConnection: (connection) => connections.push(connection),
  });
  const became = async (connection: Connection) => {
    await until(() => handle.state().connection === connection);
  };
  return { ...fixture, handle, connections, became };
}

const counts = ({ server }: Fixture, method: string) =>
  server.requests.filter((request) => request.method === method).length;

const noWebSocket = () => {
  throw new ReferenceError('WebSocket is not defined');
};

describe("transport 'polling'", () => {
  it('opens no socket, and asks at once and again', async () => {
    const job = await aWatchedJob({ transport: 'polling' });

    await job.time.next(0);
    await job.became('polling');
    job.server.move(job.handle.jobId, completion);

    expect(await job.time.settle(job.handle.result())).toEqual(completion.result);
    expect([counts(job, 'UPGRADE'), counts(job, 'GET')]).toEqual([0, 2]);
    expect(job.connections).toEqual(['connecting', 'polling']);
  });

  it('asks more often before the estimated completion than the API wants at its end', async () => {
    const job = await aWatchedJob({ transport: 'polling' });
    const headers = { 'retry-after': '20', date: new Date().toUTCString() };
    const estimatedCompletion = new Date(Date.now() + 20_000).toISOString();
    const [known] = job.server.jobs.values();
    job.server.faults.answers.push({
      status: 200,
      headers,
      body: { ...known, version: 2, estimatedCompletion },
    });

    await job.time.next(0);
    await job.became('polling');

    expect(job.time.timers()).toEqual([5_000]);
  });
});

describe("transport 'socket'", () => {
  it('does not poll while its socket is away; it checks now and then', async () => {
    const job = await aWatchedJob({ transport: 'socket' });
    await job.became('live');

    job.server.faults.noHandshake = true;
    job.server.dropSockets();
    await until(() => job.handle.state().connection !== 'live');
    for (let second = 0; second < 9; second++) {
      job.time.pass(1_000);
      await answered(job);
    }

    expect(counts(job, 'GET')).toBe(1);
    job.handle.close();
  });

  it('fails at once where there is no WebSocket, and says what to do', async () => {
    const job = await aWatchedJob({ transport: 'socket' }, { open: noWebSocket });

    const error = await errorOf(soon(job.handle.result()));

    expect(error).toMatchObject({ name: 'UsageError', jobId: job.handle.jobId });
    expect(error.message).toMatch(/WebSocket is not defined.*transport 'auto'/);
    expect([counts(job, 'GET'), job.time.timers()]).toEqual([0, []]);
  });

  it('fails when the API refuses the subscription', async () => {
    const job = await aWatchedJob({ transport: 'socket' });
    job.server.faults.refusal = 'The job has 25 watchers already.';

    expect(await errorOf(soon(job.handle.result()))).toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('25 watchers'),
    });
    expect(job.time.timers()).toEqual([]);
  });
});

describe("transport 'auto'", () => {
  it('tells how the client knows of changes: live, then polling, then offline, then live again', async () => {
    const job = await aWatchedJob({});
    await job.became('live');

    job.server.faults.noHandshake = true;
    job.server.dropSockets();
    await job.server.until(() => job.server.sockets() === 0);
    await job.time.settle(job.became('polling'));
    job.server.faults.lostAnswers = Number.POSITIVE_INFINITY;
    await job.time.settle(job.became('offline'));
    job.server.faults.lostAnswers = 0;
    job.server.faults.noHandshake = false;
    await job.time.settle(job.became('live'));

    expect(job.connections.filter((connection, i) => connection !== job.connections[i - 1])).toEqual(
      job.connections,
    );
    expect(job.connections.slice(0, 2)).toEqual(['connecting', 'live']);
    expect(job.connections.at(-1)).toBe('live');
    job.handle.close();
  });

  it('opens its lost socket again on wake, without waiting', async () => {
    const { server, time, orders } = await aClient();
    const handle = orders.watch(server.create());
    handle.subscribe({});
    await server.until(() => server.messages.length === 1);
    server.dropSockets();
    await until(() => handle.state().connection !== 'live' && server.sockets() === 0);
    await time.due(500);

    orders.wake();
    await server.until(() => server.messages.length === 2);

    expect(time.now()).toBe(0);
    handle.close();
  });

  it('repeats its subscription at the heartbeat that it is given', async () => {
    const job = await aWatchedJob({ heartbeatMs: 2_000 });
    await job.became('live');

    expect(job.time.timers()).toContain(2_000);
    job.time.pass(2_000);

    await job.server.until(() => job.server.messages.length === 2);
    job.handle.close();
  });

  it('has a heartbeat well below the four minutes after which a connection may be forgotten', async () => {
    const job = await aWatchedJob({});
    await job.became('live');

    const heartbeatMs = Math.max(...job.time.timers());
    job.time.pass(heartbeatMs);

    await job.server.until(() => job.server.messages.length === 2);
    expect(heartbeatMs).toBe(50_000);
    job.handle.close();
  });
});
