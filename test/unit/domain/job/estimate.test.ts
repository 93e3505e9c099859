import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimateCompletion, retryAfterSeconds, shownEstimate } from '../../../../domain/job/estimate.ts';
import { aCompletedJob, aDeclinedJob, aJob, aJobAt, later, now } from '../../../support/builders.ts';
import { fourStages } from '../../../support/four-stages.ts';

const expectedMs = (...names: string[]) =>
  fourStages.filter(({ name }) => names.includes(name)).reduce((sum, stage) => sum + stage.expectedMs, 0);

describe('the estimate', () => {
  it('of a queued job is the time of all fourStages', () => {
    const all = fourStages.reduce((sum, stage) => sum + stage.expectedMs, 0);

    expect(estimateCompletion(aJob(), now, fourStages)).toBe(later(all).toISOString());
  });

  it('counts only what is left of a step in progress', () => {
    const job = aJobAt('order-creation');
    const spent = 100;
    const at = new Date(Date.parse(job.steps[2]?.startedAt ?? '') + spent);

    const estimate = estimateCompletion(job, at, fourStages);

    expect(Date.parse(estimate ?? '')).toBe(at.getTime() + expectedMs('order-creation', 'email') - spent);
  });

  it('counts a step that is overdue as about to end', () => {
    const job = aJobAt('order-creation');
    const late = later(60_000);

    expect(Date.parse(estimateCompletion(job, late, fourStages) ?? '')).toBe(
      late.getTime() + expectedMs('email'),
    );
  });

  it.each([
    ['completed', aCompletedJob()],
    ['failed', aDeclinedJob()],
  ])('is absent for a %s job', (_, job) => {
    expect(estimateCompletion(job, now, fourStages)).toBeUndefined();
  });
});

/** A queued job, estimated to be completed `ms` after `now`. */
const expectedIn = (ms: number) => aJob({ estimatedCompletion: later(ms).toISOString() });

/** Up to two weeks: longer than any job is open. */
const overdueMs = fc.integer({ min: 0, max: 14 * 24 * 3_600_000 });

describe('Retry-After', () => {
  it.each([
    ['the rest until the estimate, rounded up', 2_100, 3],
    ['at least a second', 0, 1],
    ['a second when the estimate has just passed', -100, 1],
    ['the time since the estimate when that has passed', -5_000, 5],
    ['at most a minute before the estimate', 3_600_000, 60],
    ['at most a minute after it', -3_600_000, 60],
  ])('is %s', (_, ms, seconds) => {
    expect(retryAfterSeconds(expectedIn(ms), now)).toBe(seconds);
  });

  it('never shrinks while a job is overdue', () => {
    fc.assert(
      fc.property(overdueMs, overdueMs, (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const pause = (ms: number) => retryAfterSeconds(expectedIn(0), later(ms));
        expect(pause(more)).toBeGreaterThanOrEqual(pause(less));
      }),
    );
  });
});

describe('the estimate that is shown', () => {
  it('is the stored one until that has passed', () => {
    const job = expectedIn(1);

    expect(shownEstimate(job, now)).toEqual({ estimatedCompletion: job.estimatedCompletion, moves: 0 });
  });

  it.each([
    [1, 2_000],
    [1_000, 2_000],
    [1_001, 4_000],
    [60_000, 128_000],
    [3_600_000, 4_096_000],
  ])('lies, %i ms after the stored one, %i ms after that', (overdue, moved) => {
    const shown = shownEstimate(expectedIn(0), later(overdue));

    expect(shown?.estimatedCompletion).toBe(later(moved).toISOString());
  });

  it('is never before the next request that the client is asked for', () => {
    fc.assert(
      fc.property(overdueMs, (ms) => {
        const job = expectedIn(0);
        const nextMs = ms + retryAfterSeconds(job, later(ms)) * 1_000;
        const shown = shownEstimate(job, later(ms))?.estimatedCompletion ?? '';
        expect(Date.parse(shown)).toBeGreaterThanOrEqual(ms > 0 ? later(nextMs).getTime() : now.getTime());
      }),
    );
  });

  it('takes few values, so that readings close together are equal', () => {
    const shown = Array.from({ length: 3_600 }, (_, second) =>
      shownEstimate(expectedIn(0), later(second * 1_000)),
    );

    expect(new Set(shown.map((estimate) => estimate?.estimatedCompletion)).size).toBeLessThan(15);
  });

  it('is absent once the job has ended', () => {
    expect(shownEstimate(aCompletedJob(), later(1_000_000))).toBeUndefined();
  });
});
