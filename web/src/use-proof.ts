import { isTerminal, type StatusDocument } from '@accepted/client';
import { useEffect, useRef, useState } from 'react';
import type { LocalCloud } from './local-cloud.ts';
import { addSpending, type Spending } from './spending.ts';
import type { Placed } from './use-placement.ts';

/** What an order left behind on this machine. */
export interface Proof {
  readonly jobs: number;
  readonly orders: number;
  readonly charges: number;
  readonly refunds: number;
  readonly mails: number;
  /** Only in the tab that placed the order. */
  readonly spending?: Spending | undefined;
}

/** A redelivery may follow the end: the last look comes after it. */
const lastLookMs = 1_500;
/** The server may be starting. */
const againMs = 1_000;

/** Looks at every version of a job, and once more after its end. */
export function useProof(
  local: LocalCloud | undefined,
  job: StatusDocument | undefined,
  placed: Placed | undefined,
): Proof | undefined {
  const [proof, setProof] = useState<Proof & { readonly jobId: string }>();
  const spending = useRef<{ jobId?: string; value?: Spending | undefined }>({});
  const { jobId, version } = job ?? {};
  const hasEnded = job !== undefined && isTerminal(job);

  useEffect(() => {
    if (!local || !jobId || version === undefined) return;
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const own = placed?.jobId === jobId ? placed.spending : undefined;
    if (spending.current.jobId !== jobId) spending.current = { jobId, value: own };

    const look = async (thenMs?: number) => {
      try {
        const next = await lookAt(local, jobId, spending.current.value);
        if (!isCurrent) return;
        spending.current = { jobId, value: next.spending };
        setProof({ ...next, jobId });
        if (thenMs !== undefined) timer = setTimeout(look, thenMs);
      } catch {
        if (isCurrent) timer = setTimeout(look, againMs, thenMs);
      }
    };
    look(hasEnded ? lastLookMs : undefined);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [local, jobId, version, hasEnded, placed]);

  return proof?.jobId === jobId ? proof : undefined;
}

async function lookAt(local: LocalCloud, jobId: string, before: Spending | undefined): Promise<Proof> {
  const report = await local.usage();
  const [{ accepted }, { charges, refunds }, mails] = await Promise.all([
    local.orders(jobId),
    local.ledger(),
    local.inbox(),
  ]);
  const isOurs = (entry: { readonly jobId: string }) => accepted.some((one) => one.jobId === entry.jobId);
  return {
    jobs: accepted.length,
    orders: accepted.filter(({ isOrder }) => isOrder).length,
    charges: charges.filter(isOurs).length,
    refunds: refunds.filter(isOurs).length,
    mails: mails.filter(({ subject }) => accepted.some(({ orderId }) => subject.includes(orderId))).length,
    spending: before && addSpending(before, report),
  };
}
