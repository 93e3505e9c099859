import { backoff } from './backoff.ts';
import { annotated, OrderRefusedError, type OrdersError, UsageError } from './errors.ts';
import { type ApiAnswer, type ApiRequest, type Http, isTransient } from './http.ts';
import { isStatusOf } from './is-status-of.ts';
import { isTerminal } from './is-terminal.ts';
import type { LiveSocket } from './live-socket.ts';
import { checkPause, pollPause } from './pace.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';
import { isFromApi } from './refusal-of.ts';

/** How the client knows of changes: not yet, over a socket, by polling, or not at all because nothing answers. */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline';

/** How to learn of changes. */
export type Transport = 'auto' | 'socket' | 'polling';

/** What the client knows of one job. A change makes a new object. */
export interface OrderState {
  /** The newest version known. */
  readonly job: StatusDocument | undefined;
  /** What ended the watching, other than the job's end. */
  readonly error: OrdersError | undefined;
  readonly connection: Connection;
}

/** What the watches of one client have in common. */
export interface WatchContext {
  readonly http: Http;
  readonly socket: LiveSocket;
  readonly transport: Transport;
  readonly platform: Platform;
  /** The watches in progress. */
  readonly running: Set<Watch>;
  /** Is called after a watch started or stopped. */
  onRunning(): void;
}

/** One job to watch. */
export interface WatchedJob {
  readonly jobId: string;
  readonly statusUrl: string;
  /** Without it, the client polls until an answer contains it. */
  readonly updatesUrl?: string | undefined;
  /** Whether the job was accepted just now, so that a first poll would tell nothing. */
  readonly isNew: boolean;
  /** Tells whether there are listeners, so that all handles of a job use the watch that has them. */
  onListened(watch: Watch, isListened: boolean): void;
}

/** The client's knowledge of one job. It watches the job while there are listeners and the job is not terminal. */
export interface Watch {
  state(): OrderState;
  /**
   * Calls a function after every change.
   *
   * @returns an unsubscribe function
   */
  listen(listener: () => void): () => void;
  /** Accepts a status from another source. */
  take(job: StatusDocument): void;
  /** Sends a request that the API answers with the job's status, and takes the answer. It is repeated by default. */
  request(
    request: Omit<ApiRequest<StatusDocument>, 'is'>,
    send?: Http['send'],
  ): Promise<ApiAnswer<StatusDocument>>;
  /**
   * Reads the status of a failed job that may have been redriven since, by another client or by a request whose answer
   * was lost. If the read fails, the known status stands.
   *
   * @returns undefined if there is no such doubt
   */
  confirm(): Promise<void> | undefined;
  /** Reads the status as soon as the API allows it. */
  wake(): void;
}

/** Time for a socket to open or to come back before polling begins. */
const momentMs = 1_000;
/** So many refusals in a row end a watch that has seen its job: one may come from a proxy, or a deployment. */
const maxRefusals = 3;
/** Time for a status to arrive. A connection may be dead although it is open; the next read takes another. */
const readMs = 15_000;
/** A longer `Retry-After` is no longer believed. */
const maxWaitMs = 300_000;
/** Milliseconds between the requests of two jobs, on average. */
const spreadMs = 50;

/**
 * Watches one job over a socket, and by polling while no socket works. Both deliver the same document, so the client
 * takes the newer version from either. Neither is believed alone: a socket that is silent about a change is found out by
 * asking over HTTP. Only a terminal status, or an error that no repetition mends, ends the watch.
 */
export function createWatch(
  { jobId, statusUrl, updatesUrl, isNew, onListened }: WatchedJob,
  { http, socket, transport, platform, running, onRunning }: WatchContext,
): Watch {
  const listeners = new Set<() => void>();
  let state: OrderState = { job: undefined, error: undefined, connection: 'connecting' };
  let unsubscribe: (() => void) | undefined;
  let isRefused = false;
  let live = false;
  /** The newest version that the socket told. */
  let toldVersion = 0;
  let isAnswered = false;
  let etag: string | undefined;
  let retryAfterMs: number | undefined;
  let notBefore = 0;
  let failures = 0;
  let refusals = 0;
  let checks = 0;
  let reading: AbortController | undefined;
  let confirming: Promise<void> | undefined;
  let cancelPlan = () => {};

  const isEnded = () => state.job && isTerminal(state.job);
  const isDone = () => isEnded() && !state.job?.error?.redrivable;
  const isRunning = () => running.has(watch);
  /** The socket told all that is known. */
  const isTrusted = () => live && toldVersion >= (state.job?.version ?? 0);

  function set(change?: Partial<OrderState>): void {
    const connection = live ? 'live' : failures ? 'offline' : isAnswered ? 'polling' : 'connecting';
    const { job, error, ...old } = state;
    state = { job, error, connection: isRunning() ? connection : old.connection, ...change };
    if (state.job !== job || state.error !== error || state.connection !== old.connection)
      for (const listener of [...listeners]) listener();
  }

  function start(): void {
    if (isRunning()) return;
    running.add(watch);
    onRunning();
    isAnswered = isRefused = false;
    failures = refusals = checks = 0;
    set({ error: undefined });
    if (transport === 'socket' && !platform.hasWebSocket) {
      fail(new UsageError("There is no WebSocket here: pass one, or use transport 'auto'"));
      return;
    }
    connect();
    plan(unsubscribe || isNew ? momentMs : 0);
  }

  function onLive(isLive: boolean): void {
    live = isLive;
    checks = 0;
    set();
    plan(live ? pace() : isRefused ? 0 : momentMs);
  }

  function connect(): void {
    if (!updatesUrl || unsubscribe || isRefused || !platform.hasWebSocket || transport === 'polling') return;
    const stop = socket.subscribe({
      url: updatesUrl,
      onStatus(job) {
        toldVersion = Math.max(toldVersion, job.version);
        take(job);
      },
      onLive,
      onRefused() {
        isRefused = true;
        unsubscribe = undefined;
        onLive(false);
      },
    });
    if (!isRefused) unsubscribe = stop;
  }

  function take(job: StatusDocument): void {
    if (state.job && job.version <= state.job.version) return;
    http.clock.learn(job.updatedAt);
    updatesUrl ??= job.updatesUrl;
    checks = 0;
    if (isTerminal(job)) stop();
    set({ job });
    // What never changes again needs no sharing, and must not be kept for listeners that stay.
    if (isDone()) onListened(watch, false);
    if (isEnded() || !listeners.size) return;
    start();
    connect();
    if (isTrusted()) plan(pace());
  }

  async function request(
    options: Omit<ApiRequest<StatusDocument>, 'is'>,
    send = http.repeat,
  ): Promise<ApiAnswer<StatusDocument>> {
    const answer = await send<StatusDocument>({ ...options, is: isStatusOf(jobId) });
    if (answer.body) take(answer.body);
    return answer;
  }

  async function read(): Promise<void> {
    reading = new AbortController();
    const { signal } = reading;
    try {
      const headers = etag ? { 'if-none-match': etag } : undefined;
      const answer = await request({ url: statusUrl, signal, headers, timeout: readMs }, http.send);
      ({ retryAfterMs } = answer);
      etag = answer.etag ?? etag;
      failures = refusals = 0;
      isAnswered = true;
    } catch (error) {
      if (signal.aborted || !isRunning()) return;
      if (isFinal(error)) return fail(error as OrdersError);
      failures++;
      const { retryAfterMs = 0 } = error as { retryAfterMs?: number };
      notBefore = platform.now() + Math.min(maxWaitMs, retryAfterMs);
    }
    if (signal.aborted || !isRunning()) return;
    set();
    plan(failures && !isTrusted() ? backoff(failures - 1, platform.random) : pace());
  }

  /** Whether no repetition mends an error. What a proxy refuses says nothing of a job that the API has shown. */
  function isFinal(error: unknown): boolean {
    if (!(error instanceof OrderRefusedError)) return !isTransient(error);
    return !isTransient(error) && !live && (!state.job || (isFromApi(error) && ++refusals >= maxRefusals));
  }

  function pace(): number {
    const remaining = http.clock.until(state.job?.estimatedCompletion);
    const isChecking = isTrusted() || transport === 'socket';
    const pause = isChecking ? checkPause(checks++, remaining) : pollPause(retryAfterMs, remaining);
    return Math.max(pause, spread(running.size));
  }

  function plan(ms: number): void {
    cancelReading();
    // All jobs of a lost connection would ask at the same moment.
    const pause = Math.max(ms, notBefore - platform.now()) + spread(running.size - 1);
    cancelPlan = platform.after(pause, read);
  }

  const spread = (jobs: number) => platform.random() * 2 * spreadMs * jobs;

  function cancelReading(): void {
    cancelPlan();
    reading?.abort();
  }

  function fail(error: OrdersError): void {
    annotated(error, { jobId });
    stop();
    set({ error });
  }

  function stop(): void {
    running.delete(watch);
    onRunning();
    cancelReading();
    unsubscribe?.();
    unsubscribe = undefined;
    live = false;
  }

  const watch: Watch = {
    state: () => state,
    listen(listener) {
      if (!isDone()) onListened(watch, true);
      listeners.add(listener);
      if (!isEnded()) start();
      return () => {
        listeners.delete(listener);
        // A component that is mounted again at once keeps its connection.
        void Promise.resolve().then(() => {
          if (listeners.size) return;
          onListened(watch, false);
          stop();
        });
      };
    },
    take,
    request,
    confirm() {
      if (!state.job?.error?.redrivable || isRunning()) return undefined;
      confirming ??= read().finally(() => {
        confirming = undefined;
      });
      return confirming;
    },
    wake() {
      checks = 0;
      plan(0);
    },
  };
  return watch;
}
