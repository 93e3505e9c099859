import type { OrderCounts } from './meters/order-counts.ts';

/**
 * The most that a happy order may count on AWS, watched by nobody and by one client. `usdPerMillion` is without the functions'
 * time and mail. Lower a figure when a change makes it possible, so that it stays.
 */
export const orderBudgets = {
  unwatched: {
    calls: 14,
    writeUnits: 14,
    readUnits: 2,
    transitions: 4,
    invocations: 5,
    pushes: 0,
    usdPerMillion: 111.1,
  },
  watched: {
    calls: 20,
    writeUnits: 15,
    readUnits: 3,
    transitions: 4,
    invocations: 11,
    pushes: 4,
    usdPerMillion: 118.1,
  },
} as const satisfies Record<string, OrderCounts>;

/**
 * The same with `workflow=express-first`. The price has the duration of the Express execution in it, which depends on the
 * machine: about $1 a million orders for each second.
 */
export const expressOrderBudgets = {
  unwatched: { ...orderBudgets.unwatched, transitions: 0, usdPerMillion: 15 },
  watched: { ...orderBudgets.watched, transitions: 0, usdPerMillion: 26 },
} as const satisfies Record<string, OrderCounts>;

/** The largest bundle of a function, in KB of 1,024 bytes, without its source map; `other` is for those that are not named. */
export const bundleBudgets: Readonly<Record<string, number>> & { readonly other: number } = {
  'api/accept': 370,
  'api/status': 325,
  'live/push': 380,
  'stages/payment': 615,
  'settlement/settle': 610,
  other: 430,
};
