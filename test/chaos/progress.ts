import { setTimeout as pause } from 'node:timers/promises';

/** How far something is. */
export interface Progress {
  readonly isDone: boolean;
  /** Differs from the one before when anything has moved. */
  readonly signature: string;
}

/** Between two looks. */
const lookMs = 1_000;

/**
 * Waits as long as things move. How long it takes in all depends on the machine; that nothing happens does not.
 *
 * @returns whether it was done before nothing moved for `patienceMs`
 */
export async function whileMoving(look: () => Promise<Progress>, patienceMs: number): Promise<boolean> {
  let last = '';
  let movedAt = performance.now();
  for (;;) {
    const { isDone, signature } = await look();
    if (isDone) return true;
    if (signature !== last) movedAt = performance.now();
    else if (performance.now() - movedAt > patienceMs) return false;
    last = signature;
    await pause(lookMs);
  }
}
