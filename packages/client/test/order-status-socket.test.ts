import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderStatusSocket } from '../src/order-status-socket.ts';
import type { StatusDocument } from '../src/protocol.ts';
import { aServer, completion, failure } from './client-fixture.ts';
import { soon, until } from './support/until.ts';

/** Watches a job of its own until its end, and tells what was called. */
async function watched(end: Partial<StatusDocument>) {
  const server = await aServer();
  const { jobId, updatesUrl } = server.create();
  const calls: [string, number][] = [];
  const ended = new Promise<void>((resolve) => {
    const socket = new OrderStatusSocket(updatesUrl, {
      onStatusUpdate: ({ version }) => calls.push(['update', version]),
      onComplete({ version }) {
        calls.push(['complete', version]);
        resolve();
      },
      onError({ version }) {
        calls.push(['error', version]);
        resolve();
      },
      onRefused(reason) {
        calls.push([reason, 0]);
        resolve();
      },
    });
    socket.connect();
  });
  await server.until(() => server.messages.length === 1);
  const job = server.move(jobId, { status: 'processing' });
  server.send({ type: 'status', jobId, version: job.version, job });
  server.move(jobId, end);
  await soon(ended);
  await server.until(() => server.sockets() === 0);
  return calls;
}

describe('the order status socket', () => {
  it('tells each version once, then that the job is completed', async () => {
    expect(await watched(completion)).toEqual([
      ['update', 1],
      ['update', 2],
      ['complete', 3],
    ]);
  });

  it('tells that the job failed', async () => {
    expect((await watched(failure)).at(-1)).toEqual(['error', 3]);
  });

  it('tells that the job was cancelled', async () => {
    expect((await watched({ ...failure, status: 'cancelled' })).at(-1)).toEqual(['error', 3]);
  });

  it('tells that the server refuses, and ends', async () => {
    const server = await aServer();
    server.faults.refusal = 'The job has 25 watchers already.';

    const reason = await soon(
      new Promise<string>((onRefused) => {
        new OrderStatusSocket(server.create().updatesUrl, { onRefused }).connect();
      }),
    );

    expect(reason).toBe('The job has 25 watchers already.');
    await server.until(() => server.sockets() === 0);
  });

  it('comes back when its socket is lost, and repeats its subscription at the heartbeat that it is given', async () => {
    const server = await aServer();
    const socket = new OrderStatusSocket(server.create().updatesUrl, {}, { heartbeatMs: 5 });

    socket.connect();
    await server.until(() => server.messages.length >= 3);
    server.dropSockets();
    await server.until(() => server.sockets() === 0);
    await server.until(() => server.sockets() === 1);

    socket.close();
    await server.until(() => server.sockets() === 0);
  });

  it('tells nothing once it is closed', async () => {
    const server = await aServer();
    const calls: string[] = [];
    const socket = new OrderStatusSocket(server.create().updatesUrl, {
      onStatusUpdate: () => calls.push('update'),
    });

    socket.connect();
    socket.close();
    await server.until(() => server.sockets() === 0);

    expect(calls).toEqual([]);
  });

  describe('in a page', () => {
    const listeners = new Set<() => void>();

    beforeEach(() => {
      Object.assign(globalThis, {
        addEventListener: (_: string, listener: () => void) => listeners.add(listener),
        removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
      });
    });

    afterEach(() => {
      listeners.clear();
      for (const name of ['addEventListener', 'removeEventListener'])
        Reflect.deleteProperty(globalThis, name);
    });

    it('checks its connection when the page comes back, until it is closed', async () => {
      const server = await aServer();
      const updates: number[] = [];
      const socket = new OrderStatusSocket(server.create().updatesUrl, {
        onStatusUpdate: ({ version }) => updates.push(version),
      });

      socket.connect();
      await until(() => updates.length === 1);
      for (const wake of listeners) wake();
      await server.until(() => server.messages.length === 2);

      socket.close();
      expect(listeners.size).toBe(0);
    });

    it.each([
      ['the end of the job', true],
      ['a refusal', false],
    ])('listens to it no longer after %s', async (_, end) => {
      const server = await aServer();
      const job = server.create();
      server.faults.refusal = end ? undefined : 'Enough.';

      await soon(
        new Promise<unknown>((resolve) => {
          const callbacks = { onComplete: resolve, onRefused: resolve };
          new OrderStatusSocket(job.updatesUrl, callbacks).connect();
          expect(listeners.size).toBe(1);
          if (end)
            server.until(() => server.messages.length === 1).then(() => server.move(job.jobId, completion));
        }),
      );

      expect(listeners.size).toBe(0);
    });
  });
});
