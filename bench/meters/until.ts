import { setTimeout as pause } from 'node:timers/promises';

/** Waits until a condition holds. @throws Error naming what did not become true within so many milliseconds. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  { everyMs = 100, withinMs = 600_000 } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs / 1000} s: ${what}.`);
    await pause(everyMs);
  }
}
