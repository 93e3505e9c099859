import { describe, expect, it } from '@jest/globals';
import type { Durations } from '../../../../domain/job/durations.ts';
import { stages } from '../../../../domain/stages.ts';
import { createLearnedStages } from '../../../../lambdas/runtime/learned-stages.ts';
import { later } from '../../../support/builders.ts';

const learned = (meanMs: number): Durations => ({ payment: { meanMs, p95Ms: 2 * meanMs, samples: 100 } });

/** Learned stages whose reads return these answers in turn; an error is thrown. */
function setUp(...answers: readonly (Durations | Error)[]) {
  let at = 0;
  let reads = 0;
  const learnedStages = createLearnedStages({
    statistics: {
      durations: async () => {
        const answer = answers[reads++];
        if (answer === undefined) throw new Error('Nobody expected a read.');
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    clock: () => later(at),
  });
  return {
    reads: () => reads,
    pass: (ms: number) => {
      at += ms;
    },
    /** Expected duration of the payment, in milliseconds. */
    payment: async () => (await learnedStages()).find(({ name }) => name === 'payment')?.expectedMs,
    learnedStages,
  };
}

/** Never answers, and rejects when the caller aborts. */
const hangs = (signal?: AbortSignal) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

const guessed = stages.find(({ name }) => name === 'payment')?.expectedMs;

describe('what is expected of the stages', () => {
  it('is what was learned, and the table where nothing was', async () => {
    const { learnedStages } = setUp(learned(4_000));

    expect(await learnedStages()).toEqual(
      stages.map((stage) =>
        stage.name === 'payment' ? { ...stage, expectedMs: 4_000, slowMs: 8_000 } : stage,
      ),
    );
  });

  it('is read once a minute, however often it is asked for', async () => {
    const { payment, pass, reads } = setUp(learned(4_000), learned(5_000));

    expect(await payment()).toBe(4_000);
    pass(59_999);
    expect(await payment()).toBe(4_000);
    expect(reads()).toBe(1);

    pass(1);
    expect(await payment()).toBe(5_000);
    expect(reads()).toBe(2);
  });

  it('is the table as long as nothing could be read', async () => {
    const { payment } = setUp(new Error('throttled'));

    expect(await payment()).toBe(guessed);
  });

  it('is the table when no answer comes in time', async () => {
    const learnedStages = createLearnedStages({
      statistics: { durations: hangs },
      clock: () => later(0),
    });

    expect(await learnedStages()).toEqual(stages);
  });

  it('is what was known before when a read fails, and is asked for again a minute later', async () => {
    const { payment, pass, reads } = setUp(learned(4_000), new Error('throttled'), learned(5_000));
    await payment();

    pass(60_000);
    expect(await payment()).toBe(4_000);
    pass(59_999);
    expect(await payment()).toBe(4_000);
    expect(reads()).toBe(2);

    pass(1);
    expect(await payment()).toBe(5_000);
  });
});
