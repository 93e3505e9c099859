import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { createChanges } from '../../../../lambdas/adapters/changes.ts';
import { aJob, jobId, ticket } from '../../../support/builders.ts';

const job = aJob({ version: 3 });
const forever = () => new AbortController().signal;

let server: WebSocketServer;
/** What clients sent, parsed. */
let received: unknown[];
/** What the server says to a subscription. */
let answer: (socket: WebSocket) => void;

beforeEach(async () => {
  received = [];
  answer = () => {};
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      received.push(message);
      if (message.action === 'subscribe') answer(socket);
    });
  });
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

const changes = () =>
  createChanges({ liveUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live` });
const status = (version: number) => JSON.stringify({ type: 'status', jobId, version });

describe('waiting for a change', () => {
  it('subscribes with the version that was read, and ends at the first newer one', async () => {
    answer = (socket) => socket.send(status(4));

    await changes().next(job, forever());

    expect(received[0]).toEqual({ action: 'subscribe', jobId, ticket, sinceVersion: 3 });
  });

  it('goes on at a version that was read already', async () => {
    let heardBeforeTheChange: unknown[] = [];
    answer = async (socket) => {
      socket.send(status(3));
      // Two round trips, in which a client that has stopped says so.
      for (let i = 0; i < 2; i++) {
        socket.ping();
        await once(socket, 'pong');
      }
      heardBeforeTheChange = [...received];
      socket.send(status(4));
    };

    await changes().next(job, forever());

    expect(heardBeforeTheChange).toEqual([expect.objectContaining({ action: 'subscribe' })]);
  });

  it('ends without an error when its time is up', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();

    await expect(changes().next(job, stop.signal)).resolves.toBeUndefined();
  });

  it('is over before it begins when its time is up', async () => {
    await changes().next(job, AbortSignal.abort());

    expect(received).toEqual([]);
  });

  it('ends without an error when its time is up before the connection is open', async () => {
    const stop = new AbortController();

    const waiting = changes().next(job, stop.signal);
    stop.abort();

    await expect(waiting).resolves.toBeUndefined();
  });

  it('leaves no watcher and no open connection behind', async () => {
    answer = (socket) => socket.send(status(4));

    await changes().next(job, forever());

    expect(received).toEqual([expect.anything(), { action: 'unsubscribe', jobId }]);
    expect([...server.clients].filter(({ readyState }) => readyState === 1)).toEqual([]);
  });

  it.each<[string, (socket: WebSocket) => void]>([
    ['the API refuses it', (socket) => socket.send('{"type":"refused","reason":"unavailable"}')],
    ['the gateway refuses it', (socket) => socket.send('{"message":"Too Many Requests"}')],
    ['the answer is no JSON', (socket) => socket.send('<html>')],
    ['the connection is closed', (socket) => socket.close()],
    ['the connection is lost', (socket) => socket.terminate()],
  ])('fails when %s', async (_, reaction) => {
    answer = reaction;

    await expect(changes().next(job, forever())).rejects.toThrow(Error);
  });

  it('fails when nobody answers', async () => {
    const nobody = changes();
    server.close();

    await expect(nobody.next(job, forever())).rejects.toThrow('The WebSocket API cannot be reached.');
  });
});
