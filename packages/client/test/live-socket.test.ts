import { describe, expect, it } from '@jest/globals';
import { unavailable } from '../../../domain/protocol/live-protocol.ts';
import { openLiveSocket } from '../src/live-socket.ts';
import { aServer } from './client-fixture.ts';
import { testPlatform } from './support/test-platform.ts';

const pingMs = 4.5 * 60_000;

/** A socket that watches a job of its own; `heard` waits for what it tells. */
async function aSocket(change: { readonly url?: string } = {}) {
  const server = await aServer();
  const time = testPlatform();
  const { jobId, updatesUrl } = server.create();
  const told: (number | boolean | string)[] = [];
  const waiting = new Set<() => void>();
  const tell = (what: number | boolean | string) => {
    told.push(what);
    for (const look of waiting) look();
  };
  let version: number | undefined;

  const socket = openLiveSocket(
    {
      url: change.url ?? updatesUrl,
      sinceVersion: () => version,
      onStatus(job) {
        version = job.version;
        tell(version);
      },
      onLive: tell,
      onRefused: tell,
    },
    time,
  );
  const heard = (...expected: typeof told) =>
    new Promise<void>((resolve) => {
      const look = () => told.join() === expected.join() && resolve();
      waiting.add(look);
      look();
    });
  return { server, time, jobId, socket, heard, told };
}

describe('the live socket', () => {
  it('is live once its subscription is answered', async () => {
    const { server, heard, socket, time } = await aSocket();

    await heard(true, 1);
    socket.close();

    await server.until(() => server.sockets() === 0);
    expect(time.timers()).toEqual([]);
  });

  it('pings before the gateway thinks it idle, and renews its subscription', async () => {
    const { server, time, heard, socket, jobId } = await aSocket();
    await heard(true, 1);

    expect(time.timers()).toEqual([pingMs]);
    time.pass(pingMs);
    await server.until(() => server.messages.length === 3);

    expect(server.messages.slice(1)).toEqual([
      { action: 'subscribe', jobId, ticket: 'ticket+1', sinceVersion: 1 },
      { action: 'ping' },
    ]);
    socket.close();
  });

  it('gives a connection up that leaves a ping unanswered, and opens another', async () => {
    const { server, time, heard, socket } = await aSocket();
    await heard(true, 1);
    server.faults.silent = true;

    time.pass(pingMs);
    await server.until(() => server.messages.length === 3);
    time.pass(10_000);
    await heard(true, 1, false);
    server.faults.silent = false;
    await time.next();

    await heard(true, 1, false, true);
    socket.close();
  });

  it('looks after the connection when the network is back', async () => {
    const { server, time, heard, socket } = await aSocket();
    await heard(true, 1);

    socket.wake();
    await server.until(() => server.messages.length === 3);
    server.faults.noHandshake = true;
    server.dropSockets();
    await heard(true, 1, false);
    server.faults.noHandshake = false;
    socket.wake();
    time.pass(0);

    await heard(true, 1, false, true);
    socket.close();
  });

  it('waits longer after each failure in a row', async () => {
    const { server, time, heard, socket } = await aSocket();
    await heard(true, 1);

    for (const pause of [250, 500, 1000]) {
      const connections = server.requests.length;
      server.dropSockets();
      await time.due();
      expect(time.timers()).toEqual([pause]);
      time.pass(pause);
      await server.until(() => server.requests.length > connections && server.sockets() === 1);
    }
    socket.close();
  });

  it('takes a fault of the gateway for a lost connection', async () => {
    const { server, time, heard, socket } = await aSocket();
    await heard(true, 1);

    server.send({ message: 'Internal server error', connectionId: 'c', requestId: 'r' });
    await heard(true, 1, false);
    await time.next();

    await heard(true, 1, false, true);
    socket.close();
  });

  it('ignores messages that it does not know, and those of other jobs', async () => {
    const { server, heard, jobId, socket } = await aSocket();
    await heard(true, 1);
    const other = server.create();

    server.send({ type: 'news' });
    server.send({ type: 'status', jobId: other.jobId, version: 7, job: { ...other, version: 7 } });
    server.move(jobId, {});

    await heard(true, 1, 2);
    socket.close();
  });

  it('comes back after a refusal that passes', async () => {
    const { server, time, heard, socket, jobId } = await aSocket();
    await heard(true, 1);

    server.send({ type: 'refused', reason: unavailable, jobId });
    await heard(true, 1, false);
    await time.next();

    await heard(true, 1, false, true);
    socket.close();
  });

  it('stays away after a refusal', async () => {
    const { server, time, heard, socket } = await aSocket();
    await heard(true, 1);

    server.send({ type: 'refused', reason: 'Enough.' });
    await heard(true, 1, 'Enough.');
    socket.wake();

    expect(time.timers()).toEqual([]);
  });

  it('refuses an address that is none', async () => {
    const { told, time } = await aSocket({ url: 'no address' });

    expect(told[0]).toMatch(/SyntaxError/);
    expect(time.timers()).toEqual([]);
  });
});
