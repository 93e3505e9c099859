import type { Random } from './random.ts';

/** What one customer is going to do. Everything is drawn beforehand, so that the seed decides and not the scheduler. */
export interface Intent {
  /** Stands in the order, and so tells which jobs were made for it. */
  readonly reference: string;
  readonly owner: string;
  readonly token: string;
  /** Without one, the post is never repeated: nobody could tell the two orders apart. */
  readonly key?: string;
  /** Posts at the same time, under the same key. */
  readonly twins: number;
  /** Posts once more under the same key when all is over. */
  readonly repeatsLate: boolean;
  readonly isWatched: boolean;
  /** When its owner asks for cancellation, after the 202. */
  readonly cancelAfterMs?: number;
  /** When an operator stops its execution, after the 202. */
  readonly stopAfterMs?: number;
  /** What becomes of a failure that can be resumed. */
  readonly mends: 'redrive' | 'redrive-in-console' | 'cancel' | 'leave';
  readonly pollMs: number;
  /** Pause before the next order. */
  readonly thinkMs: number;
}

const tokens = { tok_visa: 60, tok_flaky: 22, tok_declined: 12, tok_slow: 6 };

/** Slow enough to be caught in the middle, or done so soon that there is something to undo. */
const interruptible = { tok_visa: 50, tok_slow: 50 };

/** Few enough for some to have a long history, enough for keys of one owner to meet those of another. */
const owners = 5;

/** The orders of a run. */
export function planOrders(count: number, random: Random): Intent[] {
  return Array.from({ length: count }, (_, index) => {
    const hasKey = random.chance(0.8);
    const [cancels, stops] = [random.chance(0.15), random.chance(0.05)];
    return {
      reference: `chaos-${index}`,
      owner: `chaos-${random.between(1, owners)}`,
      token: random.pick(cancels || stops ? interruptible : tokens),
      // Every owner uses the same keys: they must not meet.
      ...(hasKey && { key: `order ${index}` }),
      twins: hasKey && random.chance(0.3) ? random.between(2, 3) : 1,
      repeatsLate: hasKey && random.chance(0.15),
      isWatched: random.chance(0.3),
      ...(cancels && { cancelAfterMs: random.between(0, 3_000) }),
      ...(stops && { stopAfterMs: random.between(0, 3_000) }),
      mends: random.pick({ redrive: 2, 'redrive-in-console': 1, cancel: 1, leave: 1 }),
      pollMs: random.between(400, 1_200),
      thinkMs: random.between(0, 300),
    };
  });
}
