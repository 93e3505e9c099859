import { useCallback, useEffect, useRef, useState } from 'react';
import type { OrdersError } from '../errors.ts';
import type { OrderHandle } from '../order-handle.ts';
import type { WatchTarget } from '../orders-client.ts';
import type { JobStatus, OrderRequest } from '../protocol.ts';
import { useOrdersClient } from './orders-provider.ts';
import { type UseOrderResult, useOrder } from './use-order.ts';

/** Where to keep the key and the job of an order. */
export interface UseCreateOrderOptions {
  /**
   * Keeps them over a reload: `sessionStorage` for this tab, `localStorage` for all. It will hold the ticket that lets its
   * bearer watch the job.
   * @default nowhere
   */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  /** @default 'accepted-order' */
  readonly storageKey?: string | undefined;
}

/**
 * How an order stands. `interrupted`: the page was left before an answer came, and the order may have been accepted;
 * submit the same order again, or reset. `error`: look at `error`.
 */
export type CreateOrderState = 'idle' | 'submitting' | 'interrupted' | 'error' | JobStatus;

/** An order on its way. */
export interface UseCreateOrderResult extends Omit<UseOrderResult, 'error'> {
  /**
   * Submits an order. While one is on its way, or accepted, it submits nothing and returns that one; it takes another only
   * after a failure that charged nothing, or {@link reset}. An order whose fate is unknown is submitted again with the
   * same key.
   *
   * @returns undefined when the submission failed; then `error` says why
   */
  submit(order: OrderRequest): Promise<OrderHandle | undefined>;
  readonly state: CreateOrderState;
  readonly error: OrdersError | undefined;
  /** Forgets the order, its key and its job. The job continues. */
  reset(): void;
}

/** What is kept: the key alone before the order is accepted, then the handle. */
interface Kept {
  readonly idempotencyKey: string;
  readonly jobId?: string;
}

interface Submission {
  readonly isSubmitting?: boolean;
  readonly kept?: Kept | undefined;
  readonly handle?: OrderHandle | undefined;
  readonly error?: OrdersError | undefined;
}

/** Refusals after which nothing is left behind: the API has read the order, and does not take it. */
const final = [400, 413, 415, 422];

/** Submits an order and watches its job. A second click, another tab or a reload never makes a second job. */
export function useCreateOrder({
  storage,
  storageKey = 'accepted-order',
}: UseCreateOrderOptions = {}): UseCreateOrderResult {
  const client = useOrdersClient();
  const [submission, setSubmission] = useState<Submission>({});
  const memory = useRef<{ kept?: Kept | undefined; pending?: Promise<OrderHandle | undefined> }>({});

  const read = useCallback((): Kept | undefined => {
    try {
      const text = storage?.getItem(storageKey);
      if (text) memory.current.kept = JSON.parse(text);
    } catch {
      // Storage may be forbidden, or hold something else.
    }
    return memory.current.kept;
  }, [storage, storageKey]);

  const keep = useCallback(
    (kept: Kept | undefined) => {
      memory.current.kept = kept;
      if (kept) storage?.setItem(storageKey, JSON.stringify(kept));
      else storage?.removeItem(storageKey);
    },
    [storage, storageKey],
  );

  const resume = useCallback(
    (kept: Kept | undefined) => {
      const handle = kept?.jobId ? client.watch(kept as WatchTarget) : undefined;
      setSubmission({ kept, handle });
      return handle;
    },
    [client],
  );

  useEffect(() => {
    // After the first render, which must be the server's.
    const kept = read();
    if (kept && !memory.current.pending) resume(kept);
  }, [read, resume]);

  const watched = useOrder(submission.handle);
  const { job } = watched;

  const submit = useCallback(
    (order: OrderRequest) => {
      const post = async (release = () => {}): Promise<OrderHandle | undefined> => {
        let kept = read();
        const known = kept?.jobId && (submission.handle ?? resume(kept));
        if (known) {
          const { job } = known.state();
          const isCharged = job?.status !== 'cancelled' && (job?.status !== 'failed' || job.error.redrivable);
          if (isCharged) return known;
          kept = undefined;
        }
        setSubmission({ isSubmitting: true });
        try {
          const handle = await client.createOrder(order, {
            idempotencyKey: kept?.idempotencyKey,
            onAttempt({ idempotencyKey }) {
              keep({ idempotencyKey });
              release();
            },
          });
          keep(JSON.parse(JSON.stringify(handle)));
          setSubmission({ handle });
          return handle;
        } catch (error) {
          const { name, status = 0, code } = error as { name?: string; status?: number; code?: string };
          const isFinal =
            name === 'OrderRefusedError' && final.includes(status) && code !== 'idempotency_key_reused';
          if (isFinal) keep(undefined);
          setSubmission({ error: error as OrdersError });
          return undefined;
        }
      };
      memory.current.pending ??= (storage ? inTurn(storageKey, post) : post()).finally(() => {
        delete memory.current.pending;
      });
      return memory.current.pending;
    },
    [client, storage, storageKey, read, keep, resume, submission.handle],
  );

  const reset = useCallback(() => {
    keep(undefined);
    setSubmission({});
  }, [keep]);

  const error = submission.error ?? watched.error;
  const isInterrupted = submission.kept && !submission.handle;
  const open = submission.isSubmitting ? 'submitting' : isInterrupted ? 'interrupted' : 'idle';
  const state = error ? 'error' : submission.handle ? (job?.status ?? 'queued') : open;
  return { ...watched, submit, state, error, reset };
}

/** The part of the browser that lets one tab after the other go on. */
interface Tabs {
  readonly navigator?: {
    readonly locks?: { request(name: string, hold: () => Promise<void>): Promise<void> };
  };
}

/** Runs something when no other tab is between reading what is kept and keeping a key: then both would make a key. */
async function inTurn<T>(name: string, run: (release: () => void) => Promise<T>): Promise<T> {
  const { locks } = (globalThis as Tabs).navigator ?? {};
  const release = await new Promise<() => void>((resolve) => {
    const hold = () => new Promise<void>(resolve);
    if (locks) locks.request(name, hold).catch(hold);
    else hold();
  });
  return run(release).finally(release);
}
