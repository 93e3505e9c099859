import { setTimeout } from 'node:timers/promises';

/** Time, as far as retries need it; tests bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Settles after so many milliseconds, or at the signal. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: Date.now,
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
};
