import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Duration,
  type Durations,
  learnDurations,
  withLearnedDurations,
} from '../../../../domain/job/durations.ts';
import { estimateCompletion } from '../../../../domain/job/estimate.ts';
import type { Step } from '../../../../domain/job/job.ts';
import { aJob, aJobAt, later, now } from '../../../support/builders.ts';
import { fourStages } from '../../../support/four-stages.ts';

/** A completed step with the given duration in milliseconds. */
const aStep = (ms: number, override: Partial<Step> = {}): Step => ({
  name: 'payment',
  status: 'completed',
  startedAt: now.toISOString(),
  completedAt: later(ms).toISOString(),
  ...override,
});

/** The learned duration of the payment after steps with these durations. */
const knownAfter = (samples: readonly number[], known: Durations = {}): Duration => {
  const { payment } = learnDurations(
    known,
    samples.map((ms) => aStep(ms)),
  );
  return payment as Duration;
};

const times = (count: number, ms: number) => Array.from({ length: count }, () => ms);

/** Durations up to that of a stage with all its retries. */
const samples = fc.array(fc.integer({ min: 0, max: 14_400_000 }), { minLength: 1, maxLength: 200 });

describe('what is learned of a stage', () => {
  it('is the first sample, when there is no other', () => {
    expect(knownAfter([700])).toEqual({ meanMs: 700, p95Ms: 700, samples: 1 });
  });

  it('is the plain mean of the first samples', () => {
    expect(knownAfter([100, 200, 600])).toMatchObject({ meanMs: 300, samples: 3 });
  });

  it('has a mean within the range of the samples, and a 95th percentile that is not below it', () => {
    fc.assert(
      fc.property(samples, (ms) => {
        const { meanMs, p95Ms, samples: count } = knownAfter(ms);

        // Within floating-point accuracy.
        const slack = 1e-6;
        expect(meanMs).toBeGreaterThanOrEqual(Math.min(...ms) - slack);
        expect(meanMs).toBeLessThanOrEqual(Math.max(...ms) + slack);
        expect(p95Ms).toBeGreaterThanOrEqual(meanMs);
        expect(count).toBe(ms.length);
      }),
    );
  });

  it('is the same whether samples come in one batch or in two', () => {
    fc.assert(
      fc.property(samples, samples, (first, second) => {
        expect(knownAfter(second, { payment: knownAfter(first) })).toEqual(knownAfter([...first, ...second]));
      }),
    );
  });

  it('follows a stage that gets slower or faster, however long it has been watched', () => {
    const duration = fc.integer({ min: 50, max: 600_000 });

    fc.assert(
      fc.property(duration, duration, fc.integer({ min: 1, max: 2_000 }), (before, behind, count) => {
        const { meanMs } = knownAfter([...times(count, before), ...times(100, behind)]);

        // After a hundred samples less than a hundredth of the difference is left.
        expect(Math.abs(meanMs - behind)).toBeLessThanOrEqual(Math.abs(before - behind) / 100 + 1e-6);
      }),
    );
  });

  it('has a 95th percentile that about one in twenty exceeds', () => {
    const spread = Array.from({ length: 4_000 }, (_, i) => 100 + ((i * 7_919) % 1_000));
    let known: Durations = {};
    let exceeding = 0;

    for (const ms of spread) {
      const { payment } = known;
      if (ms > (payment?.p95Ms ?? 0)) exceeding += 1;
      known = learnDurations(known, [aStep(ms)]);
    }

    expect(exceeding / spread.length).toBeGreaterThan(0.03);
    expect(exceeding / spread.length).toBeLessThan(0.08);
  });

  it.each<[string, Step]>([
    ['was retried: it waited more than it worked', aStep(60_000, { attempts: 2 })],
    ['failed', aStep(60_000, { status: 'failed' })],
    ['was skipped', { name: 'payment', status: 'skipped' }],
    ['was undone', aStep(60_000, { status: 'compensated' })],
    ['is in progress', { name: 'payment', status: 'in-progress', startedAt: now.toISOString() }],
    ['has not begun', { name: 'payment', status: 'pending' }],
    ['ended before it began, by clocks that differ', aStep(-5)],
  ])('is nothing from a step that %s', (_, step) => {
    const known = { payment: knownAfter([100, 200]) };

    expect(learnDurations(known, [step])).toEqual(known);
    expect(learnDurations({}, [step])).toEqual({});
  });

  it('leaves what was known before as it was', () => {
    const known = Object.freeze({ payment: Object.freeze(knownAfter([100])) });

    const learned = learnDurations(known, [aStep(300), aStep(50, { name: 'email' })]);

    expect(known).toEqual({ payment: knownAfter([100]) });
    expect(learned).toEqual({ payment: knownAfter([100, 300]), email: knownAfter([50]) });
  });
});

describe('the stage table with what has been learned', () => {
  it('differs only in what was learned, of the stages of which it was', () => {
    const duration = fc.record({ meanMs: fc.nat(), p95Ms: fc.nat(), samples: fc.integer({ min: 1 }) });
    const names = fc.constantFrom(...fourStages.map(({ name }) => name), 'a-stage-of-old');

    fc.assert(
      fc.property(fc.dictionary(names, duration), (durations) => {
        const table = withLearnedDurations(fourStages, durations);

        expect(table).toEqual(
          fourStages.map((stage) => {
            const learned = durations[stage.name];
            return learned ? { ...stage, expectedMs: learned.meanMs, slowMs: learned.p95Ms } : stage;
          }),
        );
      }),
    );
  });

  it('moves the estimate when stages get slower', () => {
    const slowdown = fc.integer({ min: 2, max: 50 });

    fc.assert(
      fc.property(slowdown, fc.constantFrom(...fourStages), (factor, { name, expectedMs }) => {
        const steps = (ms: number, count: number) => times(count, ms).map((each) => aStep(each, { name }));
        const usual = learnDurations({}, steps(expectedMs, 50));
        const slow = learnDurations(usual, steps(expectedMs * factor, 50));
        const estimate = (durations: Durations) =>
          Date.parse(estimateCompletion(aJob(), now, withLearnedDurations(fourStages, durations)) ?? '');

        expect(estimate(usual)).toBe(estimate({}));
        expect(estimate(slow) - estimate(usual)).toBeGreaterThan(0.9 * (factor - 1) * expectedMs);
      }),
    );
  });

  it('counts a step that is slower than usual as one of the slow ones', () => {
    const durations = { validation: { meanMs: 300, p95Ms: 5_000, samples: 100 } };
    const job = aJobAt('validation');
    const at = new Date(Date.parse(job.steps[0]?.startedAt ?? '') + 1_000);

    const inTable = Date.parse(estimateCompletion(job, at, fourStages) ?? '');
    const learned = Date.parse(
      estimateCompletion(job, at, withLearnedDurations(fourStages, durations)) ?? '',
    );

    expect(learned - inTable).toBe(4_000);
  });
});
