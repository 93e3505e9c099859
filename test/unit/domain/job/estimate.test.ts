import { describe, expect, it } from '@jest/globals';
import { estimateCompletion, retryAfterSeconds } from '../../../../domain/job/estimate.ts';
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

describe('Retry-After', () => {
  it.each([
    ['the rest until the estimate, rounded up', 2_100, 3],
    ['at least a second', 0, 1],
    ['a second when the estimate has passed', -5_000, 1],
    ['at most half a minute', 3_600_000, 30],
  ])('is %s', (_, ms, seconds) => {
    const job = aJob({ estimatedCompletion: later(ms).toISOString() });

    expect(retryAfterSeconds(job, now)).toBe(seconds);
  });
});
