import { once } from 'node:events';
import WebSocket from 'ws';
import type { ServerMessage } from '../../../domain/protocol/live-protocol.ts';

/** A plain WebSocket client that remembers what it was told. */
export interface Watcher {
  readonly messages: readonly ServerMessage[];
  send(message: object | string): void;
  /** Calls a listener with each message that comes from now on. */
  onMessage(listener: (message: ServerMessage) => void): void;
  /** Waits for a message that matches, among those that came and those that will. */
  message(matches: (message: ServerMessage) => boolean): Promise<ServerMessage>;
  /** Versions of the job, as they came. */
  versions(): number[];
  close(): Promise<void>;
  /** Resolves when the connection ended, whoever ended it. */
  readonly closed: Promise<void>;
}

/** Connects to an `updatesUrl`. */
export async function connect(updatesUrl: string): Promise<Watcher> {
  const socket = new WebSocket(updatesUrl);
  const messages: ServerMessage[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    for (const look of waiting) look();
  });
  const closed = once(socket, 'close').then(() => undefined);
  await once(socket, 'open');
  return {
    messages,
    closed,
    onMessage: (listener) => void socket.on('message', (data) => listener(JSON.parse(String(data)))),
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    message: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find(matches);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    versions: () => messages.flatMap((message) => ('version' in message ? [message.version] : [])),
    async close() {
      socket.close();
      await closed;
    },
  };
}

/** Status code with which a handshake is refused. */
export async function handshakeRefusal(url: string): Promise<number> {
  const socket = new WebSocket(url);
  const [, response] = await once(socket, 'unexpected-response');
  socket.on('error', () => {});
  socket.terminate();
  return response.statusCode;
}

/** The message that subscribes to the job of an `updatesUrl`. */
export function subscription(updatesUrl: string, sinceVersion?: number): object {
  const { searchParams } = new URL(updatesUrl);
  return {
    action: 'subscribe',
    jobId: searchParams.get('jobId'),
    ticket: searchParams.get('ticket'),
    ...(sinceVersion !== undefined && { sinceVersion }),
  };
}
