import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { OrderHandle } from '../order-handle.ts';
import type { WatchTarget } from '../orders-client.ts';
import type { OrderState } from '../watch.ts';
import { useOrdersClient } from './orders-provider.ts';

/** Whether to watch. */
export interface UseOrderOptions {
  /**
   * With `false`, the job is not watched; what is known is shown.
   * @default true
   */
  readonly enabled?: boolean | undefined;
}

/** A job as it stands, and what can be done with it. */
export interface UseOrderResult extends OrderState, Pick<OrderHandle, 'cancel' | 'redrive'> {
  /** Undefined without a job. */
  readonly handle: OrderHandle | undefined;
}

const nothing: OrderState = { job: undefined, error: undefined, connection: 'connecting' };
const noJob = (): Promise<void> => Promise.reject(new Error('There is no job yet.'));

/**
 * Watches a job while the component is mounted. All components that watch the same job share one watch.
 *
 * @param target a job's id, its status, a handle, or a handle stored as JSON; undefined while there is none
 */
export function useOrder(
  target: WatchTarget | OrderHandle | undefined,
  { enabled = true }: UseOrderOptions = {},
): UseOrderResult {
  const client = useOrdersClient();
  // Stored handles and status documents are new objects each time that they are read.
  const identity =
    typeof target !== 'object' || 'state' in target ? target : (target.jobId ?? target.statusUrl);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `identity` stands for `target`
  const handle = useMemo(
    () => (typeof target === 'object' && 'state' in target ? target : target && client.watch(target)),
    [client, identity],
  );
  const subscribe = useCallback(
    (onChange: () => void) =>
      handle && enabled
        ? handle.subscribe({ onUpdate: onChange, onError: onChange, onConnection: onChange })
        : () => {},
    [handle, enabled],
  );
  const state = () => (handle ? handle.state() : nothing);
  return {
    ...useSyncExternalStore(subscribe, state, state),
    handle: handle || undefined,
    cancel: handle ? handle.cancel : noJob,
    redrive: handle ? handle.redrive : noJob,
  };
}
