import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Client } from './websocket-event.ts';
import { frameSizes } from './websocket-frames.ts';

/** API Gateway's limits. */
const maxFrameBytes = 32 * 1024;
export const maxMessageBytes = 128 * 1024;
/** A client that reads nothing while so much waits for it is too slow. */
const maxBufferedBytes = 4 * 1024 * 1024;

/** How long a connection may be. */
export interface ConnectionLimits {
  /** Without a message either way. */
  readonly idleMs: number;
  readonly ageMs: number;
}

/** API Gateway's own. They are timeouts, which no time scale shrinks. */
export const gatewayLimits: ConnectionLimits = { idleMs: 10 * 60 * 1000, ageMs: 2 * 60 * 60 * 1000 };

/** What a connection works with. */
export interface ConnectionPorts {
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'message'>;
}

/** One accepted WebSocket. */
export interface WebSocketConnection {
  readonly client: Client;
  isOpen(): boolean;
  lastActiveAt(): number;
  /** @throws AwsError GoneException when the client is gone, LimitExceededException when it does not read. */
  send(data: Buffer): void;
  close(code: number, reason: string): void;
  /** Ends the connection without a close frame. */
  terminate(): void;
}

/**
 * Holds an accepted WebSocket to API Gateway's limits.
 * @param on `message` hears every text message within the limits, `close` once how the connection ended, also when
 * it just broke.
 */
export function webSocketConnection(
  socket: WebSocket,
  request: IncomingMessage,
  client: Client,
  { faults, usage }: ConnectionPorts,
  { idleMs, ageMs }: ConnectionLimits,
  on: { message(text: string): void; close(code: number, reason: string): void },
): WebSocketConnection {
  let lastActiveAt = Date.now();
  let timer: NodeJS.Timeout;
  const isOpen = () => socket.readyState === WebSocket.OPEN;

  /** Messages are billed by pieces of 32 KB. */
  function count({ length }: Buffer): void {
    lastActiveAt = Date.now();
    for (let left = Math.max(length, 1); left > 0; left -= maxFrameBytes) usage.message('websocket');
  }

  function isDropped(): boolean {
    const isStruck = faults.strike({ kind: 'socket', name: 'socket' }) !== undefined;
    if (isStruck) socket.terminate();
    return isStruck;
  }

  function watchTime(): void {
    const left = Math.min(lastActiveAt + idleMs, client.connectedAt + ageMs) - Date.now();
    if (left <= 0) socket.close(1001, 'Going away');
    else timer = setTimeout(watchTime, left).unref();
  }

  const sizeOf = frameSizes();
  // Before the socket's own listener, so that nothing of a frame that is too large gets through.
  request.socket.prependListener('data', (chunk: Buffer) => {
    if (sizeOf(chunk) > maxFrameBytes) socket.close(1009, 'Frame is too large');
  });
  socket.on('message', (data, isBinary) => {
    if (!isOpen()) return;
    if (isBinary) return socket.close(1003, 'Binary messages are not supported');
    count(data as Buffer);
    on.message(String(data));
  });
  // What breaks is closed by the package, with 1009 for a message that is too large; `close` follows.
  socket.on('error', () => {});
  socket.on('close', (code, reason) => {
    clearTimeout(timer);
    on.close(code, String(reason));
  });
  watchTime();
  isDropped();

  return {
    client,
    isOpen,
    lastActiveAt: () => lastActiveAt,
    send(data) {
      if (!isOpen()) throw new AwsError('GoneException', 'The connection is closed', 410);
      if (socket.bufferedAmount > maxBufferedBytes)
        throw new AwsError('LimitExceededException', 'The client does not read what is sent to it', 429);
      count(data);
      // API Gateway has taken the message when the connection breaks: its sender learns nothing.
      if (!isDropped()) socket.send(data, { binary: false });
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
