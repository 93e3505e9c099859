import type { Platform } from './platform.ts';

/** The server's time, from the times that its answers name. The device's clock may be wrong, and may be set meanwhile. */
export interface ServerClock {
  /** Learns from a time that the server said just now, or before. */
  learn(time: string | null): void;
  /**
   * Milliseconds from now to a time of the server: at least 0.
   *
   * @returns undefined if either time is unknown
   */
  until(time: string | undefined): number | undefined;
}

/** Follows the server's time by the platform's monotonic clock. */
export function createServerClock({ now }: Pick<Platform, 'now'>): ServerClock {
  let offsetMs = -1 / 0;
  const since = (time: string | null | undefined) => Date.parse(time ?? '') - now();
  return {
    learn(time) {
      // An answer takes time, so the latest is the truest.
      offsetMs = Math.max(offsetMs, since(time) || offsetMs);
    },
    until(time) {
      const ms = since(time) - offsetMs;
      return ms < 1 / 0 ? Math.max(0, ms) : undefined;
    },
  };
}
