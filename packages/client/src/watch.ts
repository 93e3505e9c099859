import { backoff } from './backoff.ts';
import { OrderRefusedError, type OrdersError, UsageError } from './errors.ts';
import { type ApiAnswer, type ApiRequest, type Http, isTransient } from './http.ts';
import { isTerminal } from './is-terminal.ts';
import type { LiveSocket } from './live-socket.ts';
import { checkPause, pollPause } from './pace.ts';
import type { Platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';
import { isFromApi } from './refusal-of.ts';
import { statusRequest } from './status-request.ts';

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
  /** The watches that have listeners, by job: all handles of a job use the one that is here. */
  readonly watches: Map<string, Watch>;
  /** Is called after `watches` changed. */
  onWatches(): void;
}

/** The client's knowledge of one job. It watches the job while there are listeners and the job is not terminal. */
export interface Watch {
  state(): OrderState;
  /** Calls a function after every change. */
  listen(listener: () => void): void;
  /** Calls it no more. */
  unlisten(listener: () => void): void;
  /** Accepts a status from another source, if it is one, and newer; also the `updatesUrl` of a job whose status is unknown. */
  take(job: Partial<StatusDocument> | undefined): void;
  /**
   * Sends a request that the API answers with the job's status, and takes the answer. It is repeated by default.
   *
   * @param action `/cancel`, for example
   */
  request(
    options: Partial<ApiRequest<StatusDocument>>,
    action?: string,
    send?: Http['send'],
  ): Promise<ApiAnswer<StatusDocument>>;
  /**
   * Reads the status of a failed job that may have been redriven since, by another client or by a request whose answer
   * was lost. If the read fails, the known status stands.
   *
   * @returns undefined if there is no such doubt
   */
  confirm(): Promise<void> | undefined;
  /** Whether the job can never change again. */
  isDone(): boolean;
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
/** Requests of two jobs are half of these milliseconds apart, on average. */
const spreadMs = 100;

/**
 * Watches one job over a socket, and by polling while no socket works. Both deliver the same document, so the client
 * takes the newer version from either. Neither is believed alone: a socket that is silent about a change is found out by
 * asking over HTTP. Only a terminal status, or an error that no repetition mends, ends the watch.
 *
 * @param jobId in lower case
 */
export function createWatch(
  jobId: string,
  { http, socket, transport, platform, watches, onWatches }: WatchContext,
): Watch {
  const asked = statusRequest(jobId);
  const listeners = new Set<() => void>();
  let state: OrderState = { job: undefined, error: undefined, connection: 'connecting' };
  /** Contains a ticket of the API, which knows the job then. Without it, the client polls. */
  let updatesUrl: string | undefined;
  let unsubscribe: (() => void) | undefined;
  let isRunning = false;
  let isRefused = false;
  let live = false;
  /** The newest version that the socket told. */
  let toldVersion = 0;
  let isAnswered = false;
  let etag: string | null = null;
  let retryAfterMs: number | undefined;
  let notBefore = 0;
  let failures = 0;
  let refusals = 0;
  let checks = 0;
  let reading: AbortController | undefined;
  let cancelPlan = () => {};

  const isEnded = () => !!state.job && isTerminal(state.job);
  const isDone = () => isEnded() && !state.job?.error?.redrivable;
  /** The socket told all that is known. */
  const isTrusted = () => live && toldVersion >= (state.job?.version ?? 0);

  function set(change?: Partial<OrderState>): void {
    const connection = live ? 'live' : failures ? 'offline' : isAnswered ? 'polling' : 'connecting';
    const { job, error, ...old } = state;
    state = { job, error, connection: isRunning ? connection : old.connection, ...change };
    if (state.job !== job || state.error !== error || state.connection !== old.connection)
      for (const listener of listeners) listener();
  }

  function start(): void {
    if (isRunning) return;
    isRunning = true;
    isRefused = transport === 'polling';
    isAnswered = false;
    failures = refusals = checks = 0;
    set({ error: undefined });
    connect();
    if (isRunning) plan(unsubscribe ? momentMs : 0);
  }

  function onLive(isLive: boolean): void {
    live = isLive;
    checks = 0;
    set();
    plan(live ? pace() : isRefused ? 0 : momentMs);
  }

  function connect(): void {
    if (!updatesUrl || unsubscribe || isRefused) return;
    const stop = socket.subscribe({
      url: updatesUrl,
      onStatus(job) {
        toldVersion = Math.max(toldVersion, job.version);
        take(job);
      },
      onLive,
      onRefused(reason) {
        isRefused = true;
        unsubscribe = undefined;
        if (transport === 'socket') fail(new UsageError(`No socket: ${reason}. Use transport 'auto'`));
        else onLive(false);
      },
    });
    if (!isRefused) unsubscribe = stop;
  }

  function take(status: Partial<StatusDocument> | undefined): void {
    updatesUrl ??= status?.updatesUrl;
    if (!status?.version || status.version <= (state.job?.version ?? 0)) return;
    const job = status as StatusDocument;
    http.clock.learn(job.updatedAt);
    checks = 0;
    if (isTerminal(job)) stop();
    set({ job });
    // What never changes again needs no sharing, and must not be kept for listeners that stay.
    if (isDone()) unshare();
    if (isEnded() || !listeners.size) return;
    start();
    connect();
    if (isTrusted()) plan(pace());
  }

  async function request(
    options: Partial<ApiRequest<StatusDocument>>,
    action = '',
    send: Http['send'] = http.repeat,
  ): Promise<ApiAnswer<StatusDocument>> {
    const answer = await send({ ...asked, ...options, path: asked.path + action });
    if (answer.body) take(answer.body);
    return answer;
  }

  async function read(): Promise<void> {
    reading = new AbortController();
    const { signal } = reading;
    let failure: unknown;
    try {
      const headers = etag ? { 'if-none-match': etag } : undefined;
      const answer = await request({ signal, headers, timeout: readMs }, '', http.send);
      ({ retryAfterMs } = answer);
      etag = answer.etag ?? etag;
      failures = refusals = 0;
      isAnswered = true;
    } catch (error) {
      failure = error;
    }
    if (signal.aborted || !isRunning) return;
    if (failure) {
      if (isFinal(failure)) return fail(failure as OrdersError);
      failures++;
      const { retryAfterMs = 0 } = failure as { retryAfterMs?: number };
      notBefore = platform.now() + Math.min(maxWaitMs, retryAfterMs);
    }
    set();
    plan(failures && !isTrusted() ? backoff(failures - 1, platform.random) : pace());
  }

  /** Whether no repetition mends an error. What a proxy refuses says nothing of a job that the API knows. */
  function isFinal(error: unknown): boolean {
    if (isTransient(error) || !(error instanceof OrderRefusedError)) return !isTransient(error);
    return !live && (!(state.job ?? updatesUrl) || (isFromApi(error) && ++refusals >= maxRefusals));
  }

  function pace(): number {
    const remaining = http.clock.until(state.job?.estimatedCompletion);
    const isChecking = isTrusted() || transport === 'socket';
    return isChecking ? checkPause(checks++, remaining) : pollPause(retryAfterMs, remaining);
  }

  function plan(ms: number): void {
    cancelReading();
    // All jobs of a lost connection would ask at the same moment, and many jobs all the time.
    const spread = platform.random() * spreadMs * (watches.size - 1);
    cancelPlan = platform.after(Math.max(ms, notBefore - platform.now()) + spread, read);
  }

  function cancelReading(): void {
    cancelPlan();
    reading?.abort();
  }

  function fail(error: OrdersError): void {
    stop();
    set({ error });
  }

  function stop(): void {
    isRunning = false;
    cancelReading();
    unsubscribe?.();
    unsubscribe = undefined;
    live = false;
  }

  function unshare(): void {
    if (watches.get(jobId) === watch) watches.delete(jobId);
    onWatches();
  }

  const watch: Watch = {
    state: () => state,
    listen(listener) {
      if (!isDone()) watches.set(jobId, watch);
      onWatches();
      listeners.add(listener);
      if (!isEnded()) start();
    },
    unlisten(listener) {
      listeners.delete(listener);
      // A component that is mounted again at once keeps its connection.
      queueMicrotask(() => {
        if (listeners.size) return;
        unshare();
        stop();
      });
    },
    take,
    request,
    isDone,
    confirm() {
      return state.job?.error?.redrivable ? read() : undefined;
    },
    wake() {
      checks = 0;
      if (isRunning) plan(0);
    },
  };
  return watch;
}
