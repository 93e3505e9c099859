import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import { frameSizes } from './websocket-frames.ts';

/** API Gateway's limits. */
export const maxFrameBytes = 32 * 1024;
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

/** Who is at the other end. */
export interface Peer {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** A client that asks to connect. */
export function peerOf(request: IncomingMessage): Peer {
  return {
    // Ids end with a = on AWS too: whoever puts them into a path must encode them.
    connectionId: `${randomBytes(11).toString('base64url')}=`,
    connectedAt: Date.now(),
    sourceIp: (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** What a connection works with. */
export interface ConnectionPorts {
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'message'>;
}

/** One accepted WebSocket. */
export class WebSocketConnection {
  readonly peer: Peer;
  lastActiveAt = Date.now();
  readonly #socket: WebSocket;
  readonly #ports: ConnectionPorts;
  readonly #limits: ConnectionLimits;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onMessage Hears every text message within the limits.
   * @param onClose Hears once how the connection ended, also when it just broke.
   */
  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    peer: Peer,
    ports: ConnectionPorts,
    limits: ConnectionLimits,
    on: { message(text: string): void; close(code: number, reason: string): void },
  ) {
    this.#socket = socket;
    this.#ports = ports;
    this.#limits = limits;
    this.peer = peer;
    const sizeOf = frameSizes();
    // Before the socket's own listener, so that nothing of a frame that is too large gets through.
    request.socket.prependListener('data', (chunk: Buffer) => {
      if (sizeOf(chunk) > maxFrameBytes) this.close(1009, 'Frame is too large');
    });
    socket.on('message', (data, isBinary) => {
      if (!this.isOpen) return;
      if (isBinary) return this.close(1003, 'Binary messages are not supported');
      this.#count(data as Buffer);
      on.message(String(data));
    });
    // What breaks is closed by the package, with 1009 for a message that is too large; `close` follows.
    socket.on('error', () => {});
    socket.on('close', (code, reason) => {
      clearTimeout(this.#timer);
      on.close(code, String(reason));
    });
    this.#watchTime();
    this.#strike();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** @throws AwsError GoneException when the client is gone, LimitExceededException when it does not read. */
  send(data: Buffer): void {
    if (!this.isOpen) throw new AwsError('GoneException', 'The connection is closed', 410);
    if (this.#socket.bufferedAmount > maxBufferedBytes) {
      throw new AwsError('LimitExceededException', 'The client does not read what is sent to it', 429);
    }
    this.#count(data);
    // API Gateway has taken the message when the connection breaks: its sender learns nothing.
    if (!this.#strike()) this.#socket.send(data, { binary: false });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends the connection without a close frame. */
  terminate(): void {
    this.#socket.terminate();
  }

  #strike(): boolean {
    const drop = this.#ports.faults.strike({ kind: 'socket', name: 'socket' });
    if (drop) this.terminate();
    return drop !== undefined;
  }

  /** Messages are billed by pieces of 32 KB. */
  #count(data: Buffer): void {
    this.lastActiveAt = Date.now();
    for (let pieces = Math.ceil(data.length / maxFrameBytes) || 1; pieces > 0; pieces--) {
      this.#ports.usage.message('websocket');
    }
  }

  #watchTime(): void {
    const { idleMs, ageMs } = this.#limits;
    const left = Math.min(this.lastActiveAt + idleMs, this.peer.connectedAt + ageMs) - Date.now();
    if (left <= 0) this.close(1001, 'Going away');
    else this.#timer = setTimeout(() => this.#watchTime(), Math.min(Math.ceil(left), 2 ** 31 - 1)).unref();
  }
}
