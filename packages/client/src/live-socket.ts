import { backoff } from './backoff.ts';
import type { Platform, WebSocketLike } from './platform.ts';
import type { ClientMessage, ServerMessage, StatusDocument } from './protocol.ts';

/** What is watched, and who hears of it. */
export interface LiveSocketOptions {
  /** The job's `updatesUrl`. */
  readonly url: string;
  /** The newest version that is known already. */
  sinceVersion(): number | undefined;
  /** A status, maybe one that is known already. */
  onStatus(job: StatusDocument): void;
  /** From here on every change arrives, or no longer does. */
  onLive?(live: boolean): void;
  /** The server takes no subscription, or the platform no socket; this is the end of it. */
  onRefused(reason: string): void;
}

/** A connection that keeps itself up. */
export interface LiveSocket {
  /** Looks after the connection now: the network or the page came back. */
  wake(): void;
  close(): void;
}

/** The gateway closes a connection that was idle for 10 minutes; some routers forget one after 5. */
const pingMs = 4.5 * 60_000;
/** A connection or an answer that takes longer is not coming. */
const answerMs = 10_000;
/** A connection that lasted this long was a good one: the next starts its backoff afresh. */
const goodMs = 10_000;

/** Reason of a refusal that passes: a part of the service is down. */
const unavailable = 'unavailable';

/** Watches one job over a WebSocket: subscribes, keeps the connection alive, and comes back when it is lost. */
export function openLiveSocket(options: LiveSocketOptions, platform: Platform): LiveSocket {
  const { url } = options;
  const [jobId, ticket] = [parameter(url, 'jobId'), parameter(url, 'ticket')];
  let socket: WebSocketLike | undefined;
  let liveSince: number | undefined;
  let failures = 0;
  let over = false;
  // There is one thing to wait for at any moment: an answer, the next ping, or the next connection.
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
      // The URL is none, or the page's policy forbids it: trying again would not help.
      refused(String(error));
    }
    return undefined;
  }

  /**
   * Subscribes, and makes sure of an answer. Repeated as the ping: it also mends a subscription that the server lost.
   */
  function ask(): void {
    const sinceVersion = options.sinceVersion();
    send({ action: 'subscribe', jobId, ticket, ...(sinceVersion !== undefined && { sinceVersion }) });
    // With nothing newer to say, the server would be silent.
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

  /** A lost connection says nothing about the job. */
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

/** Without URLSearchParams, of which React Native has only a part. */
function parameter(url: string, name: string): string {
  return decodeURIComponent(new RegExp(`[?&]${name}=([^&#]*)`).exec(url)?.[1] ?? '');
}

/** Of the server's messages, or of the gateway whose function failed: `{ "message": "Internal server error" }`. */
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
