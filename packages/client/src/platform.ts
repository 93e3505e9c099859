/** As much of a WebSocket as this client uses: that of browsers, React Native, Node and the package `ws`. */
export interface WebSocketLike {
  send(data: string): void;
  close(): void;
  // biome-ignore lint/suspicious/noExplicitAny: the implementations' event types have no common base
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: any) => void): void;
}

/** Opens a WebSocket. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** What may be replaced by the application: by default what the platform has. */
export interface PlatformOptions {
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @default globalThis.WebSocket; where there is none, the status is polled */
  readonly WebSocket?: WebSocketConstructor | undefined;
}

/** Everything this client asks of the world, so that tests own time and chance. */
export interface Platform {
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: WebSocketConstructor | undefined;
  /** Milliseconds since some moment. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
  /** Runs something later; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
  /** Tells when the network or the page is back; the answer stops that. */
  onWake(wake: () => void): () => void;
  newIdempotencyKey(): string;
}

/** The page, where there is one. */
interface Page {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  document?: Page & { readonly visibilityState?: string };
}

/** Timers of all platforms count in 31 bits and fire at once above. */
const longestTimerMs = 2 ** 31 - 1;

/** The platform that this code runs on. Everything is looked up when it is used: polyfills and mocks may come late. */
export const platform = ({ fetch, WebSocket }: PlatformOptions = {}): Platform => ({
  // Called as a bare function: browsers refuse a fetch that is called as a method.
  fetch: (...request) => (fetch ?? globalThis.fetch)(...request),
  get WebSocket() {
    return WebSocket ?? globalThis.WebSocket;
  },
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
  onWake,
  newIdempotencyKey: () => globalThis.crypto?.randomUUID?.() ?? uuid(),
});

function onWake(wake: () => void): () => void {
  const page = globalThis as Page;
  const shown = () => page.document?.visibilityState === 'visible' && wake();
  page.addEventListener?.('online', wake);
  page.document?.addEventListener?.('visibilitychange', shown);
  return () => {
    page.removeEventListener?.('online', wake);
    page.document?.removeEventListener?.('visibilitychange', shown);
  };
}

/** UUIDv4 where `crypto.randomUUID` is missing (React Native, plain http). It need not be secret, only unique. */
const uuid = (): string =>
  'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replaceAll('x', () => Math.floor(Math.random() * 16).toString(16));
