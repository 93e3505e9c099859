import { AbortedError } from './errors.ts';
import type { Http } from './http.ts';
import { type LiveSocket, openLiveSocket } from './live-socket.ts';
import type { Platform } from './platform.ts';
import { createPolling } from './polling.ts';
import type { StatusDocument } from './protocol.ts';

/** One job to watch. */
export interface WatchOptions {
  readonly statusUrl: string;
  /** Without it the status is polled, until an answer carries it. */
  readonly updatesUrl: string | undefined;
  /** Milliseconds until the first poll, where there is no socket. */
  readonly firstPollMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Someone who hears of a job. */
export interface Listener {
  /** A version newer than any before. */
  next(job: StatusDocument): void;
  /** Nothing more will come. */
  fail(error: unknown): void;
}

/** All that this client knows of one job. It is watched while someone listens and it is not terminal. */
export interface Watch {
  /** The newest version known. */
  latest(): StatusDocument | undefined;
  /** Whether `latest` is all there is to know. */
  isCurrent(): boolean;
  /** Hears the newest version known and every newer one; the answer ends that. */
  listen(listener: Listener): () => void;
  /**
   * Reads the status once.
   * @throws OrderRefusedError, UnreachableError, AbortedError
   */
  read(signal?: AbortSignal): Promise<void>;
  /** Takes a status that was learnt elsewhere. */
  take(job: StatusDocument): void;
  /** What is known is no longer the end: the job was resumed. */
  reopen(): void;
}

/** A socket opens within a moment; only when it does not, or is lost for longer, the status is polled. */
const momentMs = 1_000;

/** Whether nothing but a redrive or a cancellation of a failure changes the job any more. */
export const isTerminal = ({ status }: StatusDocument): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/**
 * Watches one job: over a socket, and by polling while there is no socket that works. Both tell the same document, so
 * whatever brings a newer version first is believed; only a terminal status ends the watch.
 */
export function createWatch(options: WatchOptions, http: Http, platform: Platform): Watch {
  const { statusUrl, signal } = options;
  const listeners = new Set<Listener>();
  let { updatesUrl, firstPollMs } = options;
  let latest: StatusDocument | undefined;
  let reopened = false;
  let running = false;
  let socket: LiveSocket | undefined;
  let live = false;
  let stopWaking = () => {};

  const polling = createPolling(
    {
      read: (etag, signal) =>
        http.send({ url: statusUrl, signal, ...(etag && { headers: { 'if-none-match': etag } }) }),
      onStatus: take,
      onRefused: fail,
    },
    platform,
  );

  function start(): void {
    running = true;
    signal?.addEventListener('abort', abort);
    stopWaking = platform.onWake(wake);
    polling.start(updatesUrl && platform.WebSocket ? momentMs : firstPollMs);
    firstPollMs = 0;
    connect();
  }

  function connect(): void {
    if (!updatesUrl || !platform.WebSocket) return;
    socket = openLiveSocket(
      {
        url: updatesUrl,
        sinceVersion: () => latest?.version,
        onStatus: take,
        onLive(isLive) {
          live = isLive;
          if (live) polling.stop();
          else polling.start(momentMs);
        },
        onRefused() {
          live = false;
          polling.start(0);
        },
      },
      platform,
    );
  }

  function take(job: StatusDocument): void {
    if (latest && job.version <= latest.version) return;
    latest = job;
    reopened = false;
    updatesUrl ??= job.updatesUrl;
    if (isTerminal(job)) stop();
    else if (running && !socket) connect();
    for (const listener of [...listeners]) listener.next(job);
  }

  async function read(signal: AbortSignal | undefined): Promise<void> {
    const { body } = await http.send<StatusDocument>({ url: statusUrl, signal });
    if (body) take(body);
  }

  /** Reads once more before a failure is believed. Where that is not to be had, what is known stands. */
  async function confirm(listener: Listener): Promise<void> {
    const doubted = latest;
    await read(signal).catch(() => {});
    if (doubted && latest === doubted && !reopened && listeners.has(listener)) listener.next(doubted);
    if (!running && !isEnded() && listeners.size > 0) start();
  }

  function wake(): void {
    socket?.wake();
    if (!live) polling.start(0);
  }

  function abort(): void {
    fail(new AbortedError(signal?.reason));
  }

  function fail(error: unknown): void {
    stop();
    const informed = [...listeners];
    listeners.clear();
    for (const listener of informed) listener.fail(error);
  }

  function stop(): void {
    running = false;
    live = false;
    signal?.removeEventListener('abort', abort);
    stopWaking();
    polling.stop();
    socket?.close();
    socket = undefined;
  }

  const isEnded = () => latest !== undefined && isTerminal(latest) && !reopened;
  /** A failure may have been redriven since: elsewhere, or by a request whose answer got lost. */
  const isDoubtful = () => isEnded() && latest?.error?.redrivable === true;

  return {
    latest: () => latest,
    isCurrent: () => running || (isEnded() && !isDoubtful()),
    listen(listener) {
      listeners.add(listener);
      if (isDoubtful()) void confirm(listener);
      else if (latest && !reopened) listener.next(latest);
      if (signal?.aborted && !isEnded()) abort();
      else if (!running && !isEnded()) start();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    read,
    take,
    reopen() {
      reopened = true;
      if (!running && listeners.size > 0) start();
    },
  };
}
