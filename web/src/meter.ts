/** What this page saw of one job on the wire. */
export interface Traffic {
  /** Milliseconds from the request to the head of its 202. */
  readonly acceptedMs?: number;
  /** Requests that submitted the order; more than one when an answer was lost. */
  readonly posts: number;
  /** Reads of the status over HTTP. */
  readonly reads: number;
  /** Statuses that came over the socket. */
  readonly pushes: number;
}

/** Counts requests and messages by job, where they leave and enter the page. */
export interface Meter {
  /** For the client, in place of the browser's own. */
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: typeof globalThis.WebSocket;
  /** The same object until something changes. */
  of(jobId: string | undefined): Traffic;
  /** @returns an unsubscribe function */
  subscribe(listener: () => void): () => void;
}

const none: Traffic = { posts: 0, reads: 0, pushes: 0 };

/** A meter around the browser's `fetch` and `WebSocket`. */
export function createMeter(platform: Pick<typeof globalThis, 'fetch' | 'WebSocket' | 'performance'>): Meter {
  const traffic = new Map<string, Traffic>();
  const listeners = new Set<() => void>();
  const posts = new Map<string, number>();

  function note(jobId: string, change: (before: Traffic) => Partial<Traffic>): void {
    const before = traffic.get(jobId) ?? none;
    traffic.set(jobId, { ...before, ...change(before) });
    for (const listener of listeners) listener();
  }

  async function post(input: RequestInfo | URL, init: RequestInit): Promise<Response> {
    const key = new Headers(init.headers).get('idempotency-key') ?? '';
    posts.set(key, (posts.get(key) ?? 0) + 1);
    const sentAt = platform.performance.now();
    const response = await platform.fetch(input, init);
    const acceptedMs = platform.performance.now() - sentAt;
    if (response.status === 202) {
      const { jobId } = await response.clone().json();
      note(jobId, () => ({ acceptedMs, posts: posts.get(key) ?? 1 }));
    }
    return response;
  }

  return {
    fetch(input, init = {}) {
      const path = String(input).split('?')[0] ?? '';
      if (init.method === 'POST' && path.endsWith('/orders')) return post(input, init);
      const [, jobId] = /\/orders\/status\/([^/]+)$/.exec(path) ?? [];
      if (jobId && init.method !== 'POST') note(jobId, ({ reads }) => ({ reads: reads + 1 }));
      return platform.fetch(input, init);
    },
    WebSocket: class extends platform.WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', ({ data }) => {
          const { jobId, job } = JSON.parse(data);
          if (job) note(jobId, ({ pushes }) => ({ pushes: pushes + 1 }));
        });
      }
    },
    of: (jobId = '') => traffic.get(jobId) ?? none,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
