import { useEffect, useRef, useState } from 'preact/hooks';

/** What `GET /_local/events` sends. */
export interface Snapshot {
  readonly usage: {
    readonly since: string;
    readonly calls: Counter;
    readonly callers: Counter;
    readonly units: Readonly<Record<string, { readonly read: number; readonly write: number }>>;
    readonly functions: Readonly<
      Record<string, { readonly invocations: number; readonly gbSeconds: number }>
    >;
    readonly transitions: Counter;
    readonly price: readonly Readonly<{ item: string } & Record<'quantity' | 'usdPerUnit' | 'usd', number>>[];
    readonly totalUsd: number;
  };
  readonly faults: {
    readonly injected: readonly Readonly<
      { id: string; target: string; effect: string } & Partial<Record<'times' | 'probability' | 'ms', number>>
    >[];
    readonly struck: Readonly<Record<string, number>>;
  };
  readonly connections: readonly Readonly<
    Record<'connectionId' | 'stage' | 'sourceIp' | 'userAgent', string> & { connectedAt: number }
  >[];
  readonly views: readonly string[];
}

type Counter = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Pause between two loads of what a view shows. */
const pauseMs = 700;
const reconnectMs = 1000;

/** The newest snapshot; undefined until the first, and `isOnline` while they come. */
export function useSnapshot() {
  const [snapshot, setSnapshot] = useState<Snapshot>();
  const [isOnline, setOnline] = useState(true);
  useEffect(() => {
    let source: EventSource;
    let timer: number | undefined;
    const connect = () => {
      source = new EventSource('/_local/events');
      source.onmessage = ({ data }) => {
        setSnapshot(JSON.parse(data));
        setOnline(true);
      };
      source.onerror = () => {
        setOnline(false);
        // A cloud that is starting answers 503, after which browsers do not try again.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, reconnectMs);
      };
    };
    connect();
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, []);
  return { snapshot, isOnline };
}

/**
 * Loads what a view shows: at once, and again when `changed` is another value, but one load at a time.
 * @param keys What the load depends on; with other keys the old data is gone.
 */
export function useLoaded<Data>(load: () => Promise<Data>, keys: readonly unknown[], changed?: unknown) {
  const [state, setState] = useState<{ key: string; data?: Data; error?: string }>({ key: '' });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify(keys);
  const running = useRef({ key: '', busy: false, again: false });

  useEffect(() => {
    const run = running.current;
    if (run.key === key && run.busy) {
      run.again = true;
      return;
    }
    const mine = { key, busy: true, again: false };
    running.current = mine;
    const settle = (result: { data: Data } | { error: string }) => {
      if (running.current !== mine) return;
      setState((before) => ({ ...(before.key === key && before), key, ...result }));
      setTimeout(() => {
        mine.busy = false;
        if (mine.again && running.current === mine) setTurn((count) => count + 1);
      }, pauseMs);
    };
    load().then(
      (data) => settle({ data }),
      (error: Error) => settle({ error: error.message }),
    );
  }, [key, changed, turn]);
  useEffect(
    () => () => {
      running.current = { key: '', busy: false, again: false };
    },
    [],
  );

  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    reload: () => setTurn((count) => count + 1),
  };
}
