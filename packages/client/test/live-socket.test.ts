import { describe, expect, it } from '@jest/globals';
import { unavailable } from '../../../domain/protocol/live-protocol.ts';
import { createLiveSocket } from '../src/live-socket.ts';
import { aServer } from './client-fixture.ts';
import { testPlatform } from './support/test-platform.ts';
import { until } from './support/until.ts';

const heartbeatMs = 50_000;
const subscriptions = (messages: readonly { readonly action: string }[]) =>
  messages.filter(({ action }) => action === 'subscribe').length;

/** A socket that watches a job of its own; `heard` waits for what it tells. */
async function aSocket(change: { readonly url?: string } = {}) {
  const server = await aServer();
  const time = testPlatform();
  const { jobId, updatesUrl } = server.create();
  const told: (number | boolean | string)[] = [];
  const tell = (what: number | boolean | string) => {
    told.push(what);
  };

  const socket = createLiveSocket(heartbeatMs, time);
  const close = socket.subscribe({
    url: change.url ?? updatesUrl,
    onStatus: ({ version }) => tell(version),
    onLive: tell,
    onRefused: tell,
  });
  /** Waits until so much is told, and compares it. */
  const heard = async (...expected: typeof told) => {
    await until(() => told.length >= expected.length);
    expect(told).toEqual(expected);
  };
  return { server, time, jobId, socket, close, heard, told };
}

describe('the live socket', () => {
  it('is live once its subscription is answered', async () => {
    const { server, heard, close, time } = await aSocket();

    await heard(1, true);
    close();

    await server.until(() => server.sockets() === 0);
    expect(time.timers()).toEqual([]);
  });

  it('is not live by a pong, a foreign message, nor an open connection', async () => {
    const { server, heard, close, jobId } = await aSocket();
    const [job] = server.jobs.values();
    server.faults.silent = true;
    await server.until(() => server.messages.length === 1);

    for (const type of ['pong', 'status', 'welcome']) server.send({ type, jobId });
    server.send({ type: 'pong' });
    server.send({ type: 'status', jobId, version: 1, job });

    await heard(1, true);
    close();
  });

  it('repeats its subscription as a heartbeat, and takes the answer', async () => {
    const { server, time, heard, close, jobId } = await aSocket();
    await heard(1, true);
    server.faults.noPush = true;
    server.move(jobId, {});

    expect(time.timers()).toEqual([heartbeatMs]);
    time.pass(heartbeatMs);

    await heard(1, true, 2);
    close();
  });

  it('gives a connection up that leaves a heartbeat unanswered, and opens another', async () => {
    const { server, time, heard, close } = await aSocket();
    await heard(1, true);
    server.faults.silent = true;

    time.pass(heartbeatMs);
    await server.until(() => server.messages.length === 2);
    time.pass(10_000);
    await heard(1, true, false);
    server.faults.silent = false;
    await time.next();

    await heard(1, true, false, 1, true);
    close();
  });

  it('looks after the connection when the network is back', async () => {
    const { server, time, heard, socket, close } = await aSocket();
    await heard(1, true);

    socket.wake();
    await heard(1, true, 1);
    server.faults.noHandshake = true;
    server.dropSockets();
    await heard(1, true, 1, false);
    server.faults.noHandshake = false;
    socket.wake();

    await heard(1, true, 1, false, 1, true);
    expect(time.now()).toBe(0);
    close();
  });

  it('waits longer after each failure in a row, and anew after a connection that lasted', async () => {
    const { server, time, heard, close } = await aSocket();
    await heard(1, true);
    const reopened = async (pause: number) => {
      const connections = server.requests.length;
      server.dropSockets();
      await time.due(pause);
      expect(time.timers()).toEqual([pause]);
      time.pass(pause);
      await server.until(() => server.requests.length > connections && server.sockets() === 1);
      await until(() => time.timers().includes(heartbeatMs));
    };

    for (const pause of [250, 500, 1000]) await reopened(pause);
    time.pass(10_000);
    await reopened(250);
    close();
  });

  it('asks again when the gateway answered for one job, and not for another', async () => {
    const { server, time, heard, socket, close, jobId } = await aSocket();
    await heard(1, true);
    server.faults.silent = true;
    const other = server.create();
    const leave = socket.subscribe({ url: other.updatesUrl, onStatus: () => {}, onRefused: () => {} });
    await server.until(() => server.messages.length === 2);

    time.pass(1);
    server.move(jobId, {});
    await heard(1, true, 2);
    server.faults.silent = false;
    time.pass(10_000);
    await time.next();
    await server.until(() => subscriptions(server.messages) === 3);

    expect(server.sockets()).toBe(1);
    expect(server.requests).toHaveLength(1);
    leave();
    close();
  });

  it('ignores messages that it does not know, and those of other jobs', async () => {
    const { server, heard, jobId, close } = await aSocket();
    await heard(1, true);
    const other = server.create();

    server.send({ type: 'news' });
    server.send({ message: 'Internal server error', connectionId: 'c', requestId: 'r' });
    server.send({ type: 'status', jobId: other.jobId, version: 7, job: { ...other, version: 7 } });
    server.move(jobId, {});

    await heard(1, true, 2);
    close();
  });

  it('comes back after a refusal that passes, on the same connection', async () => {
    const { server, time, heard, close, jobId } = await aSocket();
    await heard(1, true);

    server.send({ type: 'refused', reason: unavailable, jobId });
    await heard(1, true, false);
    await time.next();

    await heard(1, true, false, 1, true);
    expect(server.requests).toHaveLength(1);
    close();
  });

  it('stays away after a refusal', async () => {
    const { server, time, heard, socket, jobId } = await aSocket();
    await heard(1, true);

    server.send({ type: 'refused', reason: 'Enough.', jobId });
    await heard(1, true, 'Enough.');
    socket.wake();

    await server.until(() => server.sockets() === 0);
    expect(time.timers()).toEqual([]);
  });

  it('refuses an address that is none', async () => {
    const { told, time } = await aSocket({ url: 'no address' });

    expect(told[0]).toMatch(/SyntaxError/);
    expect(time.timers()).toEqual([]);
  });

  it('goes on with the address of another job when one is none', async () => {
    const { server, time, heard, socket, close } = await aSocket();
    await heard(1, true);
    const { jobId } = server.create();
    const refused: string[] = [];
    const url = `no address?jobId=${jobId}&ticket=ticket%2B1`;
    socket.subscribe({ url, onStatus: () => {}, onRefused: (reason) => refused.push(reason) });
    await server.until(() => server.messages.length === 2);

    server.dropSockets();
    await time.next();

    await heard(1, true, false, 1, true);
    expect(refused).toEqual([expect.stringMatching(/SyntaxError/)]);
    close();
  });

  it('gives a handshake up that nobody answers, and tries again', async () => {
    const time = testPlatform();
    let opened = 0;
    let closed = 0;
    const open = () => {
      opened++;
      return { addEventListener() {}, send() {}, close: () => closed++ } as never;
    };

    const close = createLiveSocket(heartbeatMs, { ...time, open }).subscribe({
      url: 'wss://mute.example/?jobId=j',
      onStatus() {},
      onRefused() {},
    });
    expect(time.timers()).toEqual([10_000]);
    time.pass(10_000);
    expect([opened, closed, ...time.timers()]).toEqual([1, 1, 250]);
    time.pass(250);

    expect(opened).toBe(2);
    close();
    expect(time.timers()).toEqual([]);
  });

  it('watches many jobs over one connection, and reopens it with the ticket of another', async () => {
    const { server, time, socket, close, heard } = await aSocket();
    await heard(1, true);
    const told: string[] = [];
    for (const { updatesUrl, jobId } of [server.create(), server.create()]) {
      socket.subscribe({ url: updatesUrl, onStatus: () => told.push(jobId), onRefused: () => {} });
    }
    await server.until(() => server.messages.length === 3);
    expect(server.sockets()).toBe(1);

    server.dropSockets();
    await time.next();
    await server.until(() => server.messages.length === 6);

    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.url).not.toBe(server.requests[0]?.url);
    close();
    await server.until(() => server.messages.length === 7);
    expect(server.messages.at(-1)).toMatchObject({ action: 'unsubscribe' });
    expect(server.sockets()).toBe(1);
  });
});
