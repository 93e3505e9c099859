import { afterEach, describe, expect, it } from '@jest/globals';
import { createServerClock } from '../src/server-clock.ts';
import { aClient } from './client-fixture.ts';
import { until } from './support/until.ts';

const hourMs = 3_600_000;
const { now } = Date;
afterEach(() => {
  Date.now = now;
});

describe('the server’s clock', () => {
  it('is unknown until the server has named a time', () => {
    const clock = createServerClock({ now: () => 7 });

    clock.learn(null);
    clock.learn('yesterday');

    expect(clock.until('2026-01-20T15:30:00Z')).toBeUndefined();
  });

  it('goes on by the monotonic clock, and no wait is negative', () => {
    let ms = 5_000;
    const clock = createServerClock({ now: () => ms });
    clock.learn('2026-01-20T15:30:00Z');

    const waits = [0, 4_000, 7_000].map((passed) => {
      ms = 5_000 + passed;
      return clock.until('2026-01-20T15:30:06Z');
    });

    expect(waits).toEqual([6_000, 2_000, 0]);
    expect(clock.until(undefined)).toBeUndefined();
    expect(clock.until('soon')).toBeUndefined();
  });

  it('is that of the answer that took the shortest time', () => {
    const clock = createServerClock({ now: () => 0 });

    for (const second of ['01', '03', '02']) clock.learn(`2026-01-20T15:30:${second}Z`);

    expect(clock.until('2026-01-20T15:30:04Z')).toBe(1_000);
  });

  it.each([2, -2])(
    'tells what remains, however the device’s clock is set: the server’s is %i h ahead',
    async (hours) => {
      const { orders, server, time } = await aClient();
      // An answer names whole seconds.
      const serverNow = Math.floor(now() / 1000) * 1000 + hours * hourMs;
      const at = (ms: number) => new Date(serverNow + ms).toISOString();
      server.faults.date = at(0);
      const { jobId } = server.create();
      server.move(jobId, { updatedAt: at(-60_000), estimatedCompletion: at(30_000) });
      const handle = orders.watch(jobId);
      expect(handle.remaining()).toBeUndefined();

      await handle.status();
      expect(handle.remaining()).toBe(30_000);
      handle.subscribe({});
      for (const move of [-2 * hourMs, 2 * hourMs]) {
        Date.now = () => now() + move;
        time.pass(10_000);
        await until(() => time.timers().length > 0);
      }
      expect(handle.remaining()).toBe(10_000);
      time.pass(10_001);
      expect(handle.remaining()).toBe(0);
      handle.close();
    },
  );
});
