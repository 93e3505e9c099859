import { AbortedError } from './errors.ts';
import type { Http } from './http.ts';
import { type LiveSocket, openLiveSocket } from './live-socket.ts';
import type { Platform } from './platform.ts';
import { createPolling } from './polling.ts';
import type { StatusDocument } from './protocol.ts';

/** One job to watch. */
export interface WatchOptions {
  readonly statusUrl: string;
  /** Without it, the client polls until an answer contains it. */
  readonly updatesUrl: string | undefined;
  /** Milliseconds until the first poll if there is no socket. */
  readonly firstPollMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A listener to one job. */
export interface Listener {
  /** Receives a version newer than any before. */
  next(job: StatusDocument): void;
  /** Receives the error that ended the watch. */
  fail(error: unknown): void;
}

/** The client's knowledge of one job. It watches the job while there are listeners and the job is not terminal. */
export interface Watch {
  /** The newest version known. */
  latest(): StatusDocument | undefined;
  /** Whether `latest` is up to date. */
  isCurrent(): boolean;
  /**
   * Sends the newest version known, and every newer one, to a listener.
   *
   * @returns an unsubscribe function
   */
  listen(listener: Listener): () => void;
  /**
   * Reads the status once.
   * @throws OrderRefusedError, UnreachableError, AbortedError
   */
  read(signal?: AbortSignal): Promise<void>;
  /** Accepts a status from another source. */
  take(job: StatusDocument): void;
  /** Records that the job was resumed, so that the known status is not its end. */
  reopen(): void;
}

/** Time for a socket to open or to come back before polling begins. */
const momentMs = 1_000;

/** Whether the job has ended. Only a redrive or a cancellation of a redrivable failure changes it after that. */
export const isTerminal = ({ status }: StatusDocument): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/**
 * Watches one job over a socket, and by polling while no socket works. Both deliver the same document, so the client
 * takes the newer version from either. Only a terminal status ends the watch.
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

  /** Reads the status once more before it reports a failure. If the read fails, the known status stands. */
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
  /** A redrivable failure may have been redriven since, by another client or by a request whose answer was lost. */
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
