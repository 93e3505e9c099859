import type { OrderHandle, OrderRequest } from '@accepted/client';
import { type UseCreateOrderResult, useCreateOrder } from '@accepted/client/react';
import { useCallback, useState } from 'react';
import type { LocalCloud } from './local-cloud.ts';
import { type Spending, spendingFrom } from './spending.ts';

/** The order that this tab placed last. */
export interface Placed {
  readonly order: OrderRequest;
  readonly spending?: Spending | undefined;
  readonly jobId?: string;
}

/** The order of this tab, its watch, and what is placed next. */
export interface Placement extends UseCreateOrderResult {
  readonly placed: Placed | undefined;
  /** Forgets the last order, and submits another. */
  place(order: OrderRequest): Promise<OrderHandle | undefined>;
  /** Sends an order again whose answer never came. */
  sendAgain(): void;
}

const placedKey = 'accepted-placed';

/** Places orders, one after the other, and keeps the last over a reload. */
export function usePlacement(local: LocalCloud | undefined): Placement {
  const created = useCreateOrder({ storage: sessionStorage });
  const { reset, submit } = created;
  const [placed, setPlaced] = useState<Placed | undefined>(() =>
    JSON.parse(sessionStorage.getItem(placedKey) ?? 'null'),
  );

  const keep = useCallback((next: Placed) => {
    sessionStorage.setItem(placedKey, JSON.stringify(next));
    setPlaced(next);
  }, []);

  const place = useCallback(
    async (given: OrderRequest) => {
      reset();
      // The reference finds whatever this order left behind, were it accepted twice.
      const order = { ...given, reference: `page-${crypto.randomUUID()}` };
      const spending = await local?.usage().then(spendingFrom, () => undefined);
      keep({ order, spending });
      const handle = await submit(order);
      if (handle) keep({ order, spending, jobId: handle.jobId });
      return handle;
    },
    [reset, submit, keep, local],
  );

  return {
    ...created,
    placed,
    place,
    sendAgain() {
      if (placed) submit(placed.order).then((handle) => handle && keep({ ...placed, jobId: handle.jobId }));
    },
  };
}
