import type { UsageReport } from './local-cloud.ts';

/** What the local cloud would have cost on AWS since an order was placed. */
export interface Spending {
  readonly usd: number;
  /** Orders that the API took in that time, this one included. */
  readonly orders: number;
  /** The newest report. */
  readonly last: Pick<UsageReport, 'since' | 'totalUsd'> & { readonly orders: number };
}

/** The beginning: nothing was spent by then. */
export const spendingFrom = (report: UsageReport): Spending => ({ usd: 0, orders: 0, last: sample(report) });

/** Adds what was spent since the last report. A server that was restarted counts from zero again. */
export function addSpending({ usd, orders, last }: Spending, report: UsageReport): Spending {
  const now = sample(report);
  const before = now.since === last.since ? last : { totalUsd: 0, orders: 0 };
  return {
    usd: usd + now.totalUsd - before.totalUsd,
    orders: orders + now.orders - before.orders,
    last: now,
  };
}

function sample({ since, totalUsd, functions }: UsageReport): Spending['last'] {
  const accepted = Object.entries(functions).filter(([path]) => /\baccept\b/i.test(path));
  return { since, totalUsd, orders: accepted.reduce((sum, [, { invocations }]) => sum + invocations, 0) };
}
