import { describe, expect, it } from '@jest/globals';
import { aClient, aLiveJob, answered, completion, reads } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

const heartbeatMs = 50_000;
const firstCheckMs = 10_000;

describe('a socket that is open', () => {
  it('is found out when pushes fail', async () => {
    const { server, time, handle, result } = await aLiveJob();
    server.faults.noPush = true;
    server.move(handle.jobId, completion);

    expect(time.timers()).toEqual([heartbeatMs, firstCheckMs]);
    time.pass(firstCheckMs);

    expect(await soon(result)).toEqual(completion.result);
  });

  it('is no longer believed after it was silent about a change', async () => {
    const { server, time, handle, result } = await aLiveJob();
    server.faults.noPush = true;
    server.move(handle.jobId, { status: 'processing' });

    time.pass(firstCheckMs);
    await until(() => handle.state().job?.version === 2);

    expect(time.timers()).toEqual([heartbeatMs - firstCheckMs, 2_000]);
    server.move(handle.jobId, completion);
    time.pass(2_000);
    expect(await soon(result)).toEqual(completion.result);
  });

  it('is checked at growing intervals', async () => {
    const { server, time, handle } = await aLiveJob({ heartbeatMs: 1e9 });
    const pauses: number[] = [];

    for (let check = 1; check <= 6; check++) {
      const pause = Math.min(...time.timers());
      pauses.push(pause);
      time.pass(pause);
      await answered({ time });
      expect(reads(server)).toBe(check);
    }

    expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
    handle.close();
  });

  it.each<[string, (job: Awaited<ReturnType<typeof aLiveJob>>) => void]>([
    ['news', ({ server, handle }) => server.move(handle.jobId, { status: 'processing' })],
    [
      'a wake',
      ({ orders, time }) => {
        orders.wake();
        time.pass(0);
      },
    ],
  ])('is checked soon again after %s', async (_, happen) => {
    const job = await aLiveJob({ heartbeatMs: 1e9 });
    for (const pause of [10_000, 20_000]) {
      job.time.pass(pause);
      await answered(job);
    }
    expect(job.time.timers()).toContain(40_000);

    happen(job);

    await until(() => job.time.timers().join() === [1e9, 10_000].join());
    job.handle.close();
  });

  it('is checked when the estimated completion has passed', async () => {
    const { server, time, handle } = await aLiveJob();

    const updatedAt = '2035-01-01T12:00:00.000Z';
    server.move(handle.jobId, { updatedAt, estimatedCompletion: '2035-01-01T12:00:03.000Z' });
    await until(() => handle.state().job?.version === 2);

    expect(time.timers()).toEqual([heartbeatMs, 4_000]);
    handle.close();
  });

  it('is checked on wake', async () => {
    const { server, time, orders, handle, result } = await aLiveJob();
    server.faults.noPush = true;
    server.faults.silent = true;
    server.move(handle.jobId, completion);

    orders.wake();

    expect(time.timers()).toContain(0);
    time.pass(0);
    expect(await soon(result)).toEqual(completion.result);
  });

  it('is checked once when a page that is shown again fires several events, and again on a later wake', async () => {
    let asked = 0;
    const counting: typeof fetch = (...request) => {
      asked++;
      return fetch(...request);
    };
    const { time, orders, handle } = await aLiveJob({ fetch: counting });
    asked = 0;

    for (let event = 0; event < 3; event++) {
      time.wake();
      time.pass(0);
    }
    await until(() => asked > 0);
    expect(asked).toBe(1);
    time.pass(1_000);
    orders.wake();
    time.pass(0);

    await until(() => asked > 1);
    expect(asked).toBe(2);
    handle.close();
  });

  it('stays open when a component is mounted again at once', async () => {
    const { server, orders } = await aClient();
    const handle = orders.watch(server.create());
    const stop = handle.subscribe({});
    await until(() => handle.state().connection === 'live');

    stop();
    const stopAgain = handle.subscribe({});
    server.move(handle.jobId, { status: 'processing' });
    await until(() => handle.state().job?.version === 2);

    expect(handle.state().connection).toBe('live');
    expect([server.requests.length, server.messages.length]).toEqual([1, 1]);
    stopAgain();
    await server.until(() => server.sockets() === 0);
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

    time.pass(heartbeatMs);
    await server.until(() => server.messages.length >= 2);
    time.pass(10_000);

    expect(connections.slice(0, 2)).toEqual(['connecting', 'live']);
    expect(handle.state().connection).not.toBe('live');
  });
});

describe('a hundred jobs', () => {
  it('share one socket, and are not all asked for at once', async () => {
    const { orders, server, time } = await aClient();
    const handles = Array.from({ length: 100 }, () => orders.watch(server.create()));
    const results = handles.map((handle) => handle.result());

    await until(() => handles.every((handle) => handle.state().connection === 'live'));

    expect(server.messages).toHaveLength(100);
    expect(server.sockets()).toBe(1);
    expect(reads(server)).toBe(0);
    expect(Math.min(...time.timers())).toBeGreaterThan(firstCheckMs);
    for (const { jobId } of handles) server.move(jobId, completion);
    await soon(Promise.all(results));
    await server.until(() => server.sockets() === 0);
  });

  it('of one id in many components are one watch', async () => {
    const { orders, server, time } = await aClient();
    const { jobId } = server.create();
    const upper = jobId.toUpperCase();

    const stops = [jobId, upper, jobId].map((id) => orders.watch(id).subscribe({}));
    time.pass(0);
    await server.until(() => reads(server) === 1);

    await until(() => !!orders.watch(jobId).state().job);
    expect(orders.watch(upper).state()).toBe(orders.watch(jobId).state());
    for (const stop of stops) stop();
    expect(reads(server)).toBe(1);
  });
});
