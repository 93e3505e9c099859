import { backoff } from './backoff.ts';
import type { Platform, WebSocketLike } from './platform.ts';
import type { ClientMessage, ServerMessage, StatusDocument } from './protocol.ts';

/** The job to watch, and the callbacks. */
export interface LiveSocketOptions {
  /** The job's `updatesUrl`. */
  readonly url: string;
  /** The newest version known. */
  sinceVersion(): number | undefined;
  /** Receives a status, which may be known already. */
  onStatus(job: StatusDocument): void;
  /** Tells whether every change arrives from now on. */
  onLive?(live: boolean): void;
  /** The server refuses the subscription, or there is no WebSocket. No further callback follows. */
  onRefused(reason: string): void;
}

/** A connection that reconnects by itself. */
export interface LiveSocket {
  /** Checks the connection now, because the network or the page came back. */
  wake(): void;
  close(): void;
}

/** The gateway closes a connection after 10 idle minutes; some routers drop it after 5. */
const pingMs = 4.5 * 60_000;
/** Time limit of a connection attempt and of an answer. */
const answerMs = 10_000;
/** After a connection that lasted this long, the backoff starts again from the beginning. */
const goodMs = 10_000;

/** Reason of a temporary refusal: a part of the service is down. */
const unavailable = 'unavailable';

/** Watches one job over a WebSocket: subscribes, keeps the connection alive, and reconnects when it is lost. */
export function openLiveSocket(options: LiveSocketOptions, platform: Platform): LiveSocket {
  const { url } = options;
  const [jobId, ticket] = [parameter(url, 'jobId'), parameter(url, 'ticket')];
  let socket: WebSocketLike | undefined;
  let liveSince: number | undefined;
  let failures = 0;
  let over = false;
  // Only one timer runs at a time: for an answer, the next ping, or the next connection.
  let cancelWait = () => {};

  function wait(ms: number, then: () => void): void {
    cancelWait();
    cancelWait = platform.after(ms, then);
  }

  function connect(): void {
    const current = opened();
    if (!current) return;
    socket = current;
    const whileCurrent = (react: (event: { data?: unknown }) => void) => (event: { data?: unknown }) => {
      if (socket === current) react(event);
    };
    current.addEventListener('open', whileCurrent(ask));
    current.addEventListener(
      'message',
      whileCurrent(({ data }) => receive(data)),
    );
    current.addEventListener('close', whileCurrent(lose));
    current.addEventListener('error', whileCurrent(lose));
    wait(answerMs, lose);
  }

  function opened(): WebSocketLike | undefined {
    try {
      if (platform.WebSocket) return new platform.WebSocket(url);
      refused('There is no WebSocket here.');
    } catch (error) {
      // The URL is invalid, or the page's policy forbids it; a retry would not help.
      refused(String(error));
    }
    return undefined;
  }

  /**
   * Subscribes and waits for an answer. It also serves as the ping, which repairs a subscription that the server lost.
   */
  function ask(): void {
    const sinceVersion = options.sinceVersion();
    send({ action: 'subscribe', jobId, ticket, ...(sinceVersion !== undefined && { sinceVersion }) });
    // Without a newer version the server sends no status; the pong is the answer then.
    if (sinceVersion !== undefined) send({ action: 'ping' });
    wait(answerMs, lose);
  }

  function receive(data: unknown): void {
    const message = messageIn(data);
    if (!message.type) lose();
    else if (message.type === 'pong') answered();
    else if (message.type === 'refused') {
      if (message.reason === unavailable) lose();
      else refused(message.reason);
    } else if (message.job?.jobId === jobId) {
      answered();
      options.onStatus(message.job);
    }
  }

  function answered(): void {
    wait(pingMs, ask);
    if (liveSince !== undefined) return;
    liveSince = platform.now();
    options.onLive?.(true);
  }

  /** Schedules a reconnect. A lost connection says nothing about the job. */
  function lose(): void {
    const wasGood = liveSince !== undefined && platform.now() - liveSince >= goodMs;
    failures = wasGood ? 0 : failures + 1;
    const wasLive = drop();
    wait(backoff(wasGood ? 0 : failures - 1, platform.random), connect);
    if (wasLive) options.onLive?.(false);
  }

  function refused(reason: string): void {
    close();
    options.onRefused(reason);
  }

  function close(): void {
    over = true;
    drop();
  }

  function drop(): boolean {
    cancelWait();
    const dropped = socket;
    const wasLive = liveSince !== undefined;
    socket = undefined;
    liveSince = undefined;
    dropped?.close();
    return wasLive;
  }

  function send(message: ClientMessage): void {
    socket?.send(JSON.stringify(message));
  }

  function wake(): void {
    if (liveSince !== undefined) ask();
    else if (!socket && !over) wait(0, connect);
  }

  connect();
  return { wake, close };
}

/** Reads a query parameter without URLSearchParams, which React Native has only in part. */
function parameter(url: string, name: string): string {
  return decodeURIComponent(new RegExp(`[?&]${name}=([^&#]*)`).exec(url)?.[1] ?? '');
}

/** A message of the server, or of the gateway after a function failed: `{ "message": "Internal server error" }`. */
type Message =
  | Exclude<ServerMessage, { job: StatusDocument }>
  | { readonly type?: undefined | 'status' | 'complete' | 'error'; readonly job?: StatusDocument };

function messageIn(data: unknown): Message {
  try {
    return JSON.parse(String(data)) ?? {};
  } catch {
    return {};
  }
}
