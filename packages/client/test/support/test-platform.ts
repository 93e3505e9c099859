import { type Platform, type PlatformOptions, platform } from '../../src/platform.ts';
import { soon } from './until.ts';

/** The real network, but time passes only when a test says so, and chance always takes the middle. */
export interface TestPlatform extends Platform {
  /** Milliseconds until each timer that is set. */
  timers(): readonly number[];
  /** Lets time pass. */
  pass(ms: number): void;
  /** Waits until a timer is set that is due within so many milliseconds. */
  due(withinMs?: number): Promise<void>;
  /** The same, and lets time pass until it is. */
  next(withinMs?: number): Promise<void>;
  /** Lets time pass from timer to timer until a promise is settled. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** The network or the page comes back. */
  wake(): void;
  /** Who is told then. */
  wakers(): number;
}

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Limits for lost answers and lost connections lie above; the pauses of retries and polls below. */
const pause = 5_000;

export function testPlatform(options?: PlatformOptions): TestPlatform {
  const timers = new Set<Timer>();
  const sleepers = new Set<() => void>();
  const wakers = new Set<() => void>();
  let now = 0;

  function pass(ms: number): void {
    const end = now + ms;
    for (let timer = earliest(); timer && timer.due <= end; timer = earliest()) {
      timers.delete(timer);
      now = Math.max(now, timer.due);
      timer.run();
    }
    now = end;
  }

  const earliest = () => [...timers].sort((a, b) => a.due - b.due)[0];

  const isDue = (withinMs: number) => (earliest()?.due ?? Number.POSITIVE_INFINITY) - now <= withinMs;
  const passToNext = () => pass((earliest()?.due ?? now) - now);
  const timerSet = () => new Promise<void>((resolve) => sleepers.add(resolve));
  const left = () => [...timers].map(({ due }) => due - now);
  const stuck = () => `Nothing happens at ${now} ms. Timers: ${left().join(', ') || 'none'}`;

  async function due(withinMs = pause): Promise<void> {
    while (!isDue(withinMs)) await soon(timerSet(), stuck);
  }

  const real = platform(options);
  return {
    fetch: real.fetch,
    open: real.open,
    origin: undefined,
    newIdempotencyKey: real.newIdempotencyKey,
    now: () => now,
    random: () => 0.5,
    after(ms, run) {
      const timer = { due: now + ms, run };
      timers.add(timer);
      for (const resolve of sleepers) resolve();
      sleepers.clear();
      return () => timers.delete(timer);
    },
    onWake(wake) {
      wakers.add(wake);
      return () => wakers.delete(wake);
    },
    timers: left,
    pass,
    due,
    async next(withinMs) {
      await due(withinMs);
      passToNext();
    },
    async settle(promise) {
      let settled = false;
      const done = promise.then(
        () => {
          settled = true;
        },
        () => {
          settled = true;
        },
      );
      const settling = async () => {
        while (!settled) {
          if (isDue(pause)) passToNext();
          else await Promise.race([done, timerSet()]);
          await Promise.resolve();
        }
      };
      await soon(settling(), stuck).finally(() => {
        settled = true;
      });
      return promise;
    },
    wake() {
      for (const wake of [...wakers]) wake();
    },
    wakers: () => wakers.size,
  };
}
