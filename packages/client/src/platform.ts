import { openWebSocket } from './open-web-socket.ts';
import type { WebSocketConstructor, WebSocketLike } from './web-socket-like.ts';

/** Parts of the platform that the application may replace. */
export interface PlatformOptions {
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @default globalThis.WebSocket; without one, the client polls */
  readonly WebSocket?: WebSocketConstructor | undefined;
}

/** The client's side effects behind one interface, so that tests control time and randomness. */
export interface Platform {
  readonly fetch: typeof globalThis.fetch;
  /** @throws Error if there is no WebSocket, or the URL is invalid */
  open(url: string): WebSocketLike;
  /** Origin of the page; undefined where there is no page. */
  readonly origin: string | undefined;
  /** Milliseconds since an arbitrary moment, by a clock that nobody sets. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
  /**
   * Runs a function after `ms` milliseconds.
   *
   * @returns a function that cancels it
   */
  after(ms: number, run: () => void): () => void;
  /**
   * Calls `wake` when the network returns or the page becomes visible.
   *
   * @returns an unsubscribe function
   */
  onWake(wake: () => void): () => void;
  newIdempotencyKey(): string;
}

/** The part of a browser page that this client uses. */
interface Page {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  document?: Page & { readonly visibilityState?: string };
  location?: { readonly origin: string };
}

/** Timers hold 31 bits of milliseconds on all platforms and fire at once for more. */
const longestTimerMs = 2_147_483_647;

/** The platform that this code runs on. Globals are read when they are used, because polyfills and mocks may come late. */
export const platform = ({ fetch, WebSocket }: PlatformOptions = {}): Platform => ({
  // Browsers refuse a fetch that is called as a method.
  fetch: (...request) => (fetch ?? globalThis.fetch)(...request),
  open: (url) => openWebSocket(url, WebSocket),
  origin: (globalThis as Page).location?.origin,
  now: () => performance.now(),
  random: Math.random,
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
  onWake,
  newIdempotencyKey: () => globalThis.crypto?.randomUUID?.() ?? randomKey(),
});

function onWake(wake: () => void): () => void {
  const page = globalThis as Page;
  const { document } = page;
  const isBack = () => document?.visibilityState === 'hidden' || wake();
  // A frozen page that is shown again resumes.
  const events = [
    [page, 'online'],
    [page, 'pageshow'],
    [document, 'visibilitychange'],
    [document, 'resume'],
  ] as const;
  for (const [target, type] of events) target?.addEventListener?.(type, isBack);
  return () => {
    for (const [target, type] of events) target?.removeEventListener?.(type, isBack);
  };
}

/** A key for platforms without `crypto.randomUUID` (React Native, plain http). It must be unique, not secret. */
const randomKey = (): string => `${Date.now()}-${Math.random()}`;
