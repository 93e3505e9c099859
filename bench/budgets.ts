import type { OrderCounts } from './meters/order-counts.ts';

/**
 * The most that a happy order may count on AWS, watched by nobody and by one client. `usdPerMillion` is without compute time
 * and mail. Lower a figure when a change makes it possible, so that it stays.
 */
export const orderBudgets = {
  unwatched: {
    calls: 20,
    writeUnits: 19,
    readUnits: 8,
    transitions: 4,
    invocations: 5,
    pushes: 0,
    usdPerMillion: 114.9,
  },
  watched: {
    calls: 26,
    writeUnits: 20,
    readUnits: 9,
    transitions: 4,
    invocations: 11,
    pushes: 4,
    usdPerMillion: 121.9,
  },
} as const satisfies Record<string, OrderCounts>;

/** The largest bundle of a function, in KB of 1,024 bytes, without its source map; `other` is for those that are not named. */
export const bundleBudgets: Readonly<Record<string, number>> & { readonly other: number } = {
  'api/accept': 785,
  'api/status': 720,
  'live/push': 775,
  'stages/payment': 1_070,
  'settlement/settle': 1_060,
  other: 870,
};
