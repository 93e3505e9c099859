import { backoff } from './backoff.ts';
import { jsonIn } from './json-in.ts';
import type { Platform } from './platform.ts';
import type { ClientMessage, ServerMessage, StatusDocument } from './protocol.ts';
import type { WebSocketLike } from './web-socket-like.ts';

/** A job to watch, and the callbacks. */
export interface Subscriber {
  /** The job's `updatesUrl`. */
  readonly url: string;
  /** Receives a status, which may be known already. */
  onStatus(job: StatusDocument): void;
  /** Tells whether the subscription is in force. */
  onLive?(live: boolean): void;
  /** The server refuses the subscription, or there is no WebSocket. No further callback follows. */
  onRefused(reason: string): void;
}

/** A connection that is opened when it is needed, kept alive, and reopened when it is lost. */
export interface LiveSocket {
  /**
   * Watches a job.
   *
   * @returns an unsubscribe function
   */
  subscribe(subscriber: Subscriber): () => void;
  /** Checks the connection now, because the network or the page came back. */
  wake(): void;
}

interface Subscription {
  readonly url: string;
  ask(): void;
  take(message: Message): void;
  lose(): void;
  refuse(reason: string): void;
}

/** Proxies and the gateway drop a silent connection, many after 60 s. */
export const defaultHeartbeatMs = 50_000;
/** Time limit of a connection attempt and of an answer. */
const answerMs = 10_000;
/** After a connection that lasted this long, the backoff starts again from the beginning. */
const goodMs = 10_000;
/** Reason of a temporary refusal: a part of the service is down. */
const unavailable = 'unavailable';

/**
 * Watches jobs over one WebSocket. Only the answer to its subscription makes a job live; the subscription is repeated as a
 * heartbeat, so that it is answered with the present status each time.
 *
 * @param heartbeatMs milliseconds between an answer and the next subscription
 */
export function createLiveSocket(heartbeatMs: number, platform: Platform): LiveSocket {
  const subscriptions = new Map<string, Subscription>();
  let socket: WebSocketLike | undefined;
  /** Infinite while the connection is not open. */
  let openedAt = 1 / 0;
  let heardAt = 0;
  let attempts = 0;
  let failures = 0;
  /** Cancels the timer of the connection: for the handshake, or the next attempt. */
  let cancel = () => {};

  function subscribe({ url, onStatus, onLive, onRefused }: Subscriber): () => void {
    const jobId = parameter(url, 'jobId');
    let isLive = false;
    let askedAt: number | undefined;
    let retries = 0;
    /** Cancels the only timer of this job: for an answer, the next heartbeat, or the next attempt. */
    let cancelWait = () => {};

    function wait(ms: number, then: () => void): void {
      cancelWait();
      cancelWait = platform.after(ms, then);
    }

    /** Subscribes without `sinceVersion`, so that there is an answer also when there is no news. */
    function ask(): void {
      if (askedAt !== undefined) return;
      const now = platform.now();
      askedAt = now;
      send({ action: 'subscribe', jobId, ticket: parameter(url, 'ticket') });
      // Silence for all jobs, or for this one alone.
      wait(answerMs, () => (heardAt > now ? retry() : lose()));
    }

    function settle(live: boolean): void {
      askedAt = undefined;
      if (isLive === live || subscriptions.get(jobId) !== subscription) return;
      isLive = live;
      onLive?.(live);
    }

    function retry(): void {
      wait(backoff(retries++, platform.random), ask);
      settle(false);
    }

    function remove(): void {
      cancelWait();
      if (subscriptions.get(jobId) !== subscription) return;
      subscriptions.delete(jobId);
      if (subscriptions.size === 0) drop();
      else if (openedAt < 1 / 0) send({ action: 'unsubscribe', jobId });
    }

    const subscription: Subscription = {
      url,
      ask,
      take(message) {
        if (message.type === 'refused') {
          if (message.reason === unavailable) retry();
          else subscription.refuse(message.reason);
        } else if (message.job) {
          retries = 0;
          wait(heartbeatMs, ask);
          onStatus(message.job);
          settle(true);
        }
      },
      lose() {
        cancelWait();
        settle(false);
      },
      refuse(reason) {
        remove();
        onRefused(reason);
      },
    };
    subscriptions.set(jobId, subscription);
    if (openedAt < 1 / 0) ask();
    else if (subscriptions.size === 1) connect();
    return remove;
  }

  function askAll(): void {
    for (const { ask } of subscriptions.values()) ask();
  }

  function connect(): void {
    cancel();
    // A handshake needs the ticket of a job. If one is refused, the next attempt takes another.
    const bearer = [...subscriptions.values()][attempts++ % subscriptions.size];
    if (!bearer) return;
    let current: WebSocketLike;
    try {
      current = platform.open(bearer.url);
    } catch (error) {
      // There is no WebSocket, the URL is invalid, or the page's policy forbids it; a retry would not help.
      bearer.refuse(String(error));
      connect();
      return;
    }
    socket = current;
    const on = (type: 'open' | 'message' | 'close' | 'error', react: (event: { data?: unknown }) => void) =>
      current.addEventListener(type, (event) => socket === current && react(event));
    on('open', () => {
      openedAt = platform.now();
      cancel();
      askAll();
    });
    on('message', ({ data }) => {
      const message = jsonIn(data) as Message;
      if (message.type) heardAt = platform.now();
      subscriptions.get(message.jobId ?? '')?.take(message);
    });
    on('close', lose);
    on('error', lose);
    cancel = platform.after(answerMs, lose);
  }

  /** Schedules a reconnect. A lost connection says nothing about the jobs. */
  function lose(): void {
    if (platform.now() - openedAt >= goodMs) failures = 0;
    drop();
    cancel = platform.after(backoff(failures++, platform.random), connect);
    for (const { lose } of subscriptions.values()) lose();
  }

  function drop(): void {
    cancel();
    const dropped = socket;
    socket = undefined;
    openedAt = 1 / 0;
    dropped?.close();
  }

  function send(message: ClientMessage): void {
    socket?.send(JSON.stringify(message));
  }

  return {
    subscribe,
    wake() {
      if (openedAt < 1 / 0) askAll();
      else if (!socket) connect();
    },
  };
}

/** Reads a query parameter without URLSearchParams, which React Native has only in part. */
function parameter(url: string, name: string): string {
  return decodeURIComponent(new RegExp(`[?&]${name}=([^&#]*)`).exec(url)?.[1] ?? '');
}

/** A message of the server, or of the gateway after a function failed: `{ "message": "Internal server error" }`. */
type Message =
  | Exclude<ServerMessage, { job: StatusDocument } | { type: 'pong' }>
  | {
      readonly type?: undefined | 'status' | 'complete' | 'error' | 'pong';
      readonly jobId?: string;
      readonly job?: StatusDocument;
    };
