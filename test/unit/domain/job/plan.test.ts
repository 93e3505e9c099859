import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { followPlan } from '../../../../domain/job/plan.ts';
import { progressOf } from '../../../../domain/job/status.ts';
import { aJob, aJobAt, anExhaustedJob } from '../../../support/builders.ts';

const stepsOf = (job: Job) => job.steps.map(({ name, status }) => `${name} ${status}`);

describe('following the plan of an execution', () => {
  it('changes nothing when the job has the stages of the plan', () => {
    const job = aJobAt('payment');

    expect(followPlan(job, ['validation', 'payment', 'order-creation', 'email'])).toBe(job);
    expect(followPlan(job, undefined)).toBe(job);
  });

  it('makes a stage that the job does not know a step of it', () => {
    const job = followPlan(aJob(), [
      'validation',
      'fraud-check',
      'payment',
      'order-creation',
      'email',
      'archive',
    ]);

    expect(stepsOf(job)).toEqual([
      'validation pending',
      'fraud-check pending',
      'payment pending',
      'order-creation pending',
      'email pending',
      'archive pending',
    ]);
  });

  it('shows a new stage as skipped whose place has passed', () => {
    const job = followPlan(aJobAt('order-creation'), [
      'fraud-check',
      'validation',
      'payment',
      'order-creation',
    ]);

    expect(stepsOf(job)[0]).toBe('fraud-check skipped');
  });

  it('takes up again what the plan of another execution skipped, unless its place has passed', () => {
    const [older, newer] = [
      ['validation', 'payment', 'order-creation'],
      ['validation', 'charge', 'order-creation'],
    ];
    const paying = followPlan(aJobAt('payment'), newer);
    const created = followPlan(followPlan(aJobAt('email'), [...newer, 'email']), [...older, 'email']);

    expect(stepsOf(paying)).toContain('payment skipped');
    const again = followPlan(paying, older);
    expect(stepsOf(again).slice(0, 4)).toEqual([
      'validation completed',
      'payment in-progress',
      'charge skipped',
      'order-creation pending',
    ]);
    expect(stepsOf(followPlan(again, newer))).toEqual(
      expect.arrayContaining(['payment skipped', 'charge pending']),
    );
    expect(stepsOf(created)).toContain('charge skipped');
    expect(followPlan(paying, undefined)).toBe(paying);
  });

  it('takes up everything again that the plan of another execution skipped', () => {
    const skipped = followPlan(aJob(), ['screening', 'charge', 'order-creation', 'email']);

    const again = followPlan(skipped, ['validation', 'payment', 'order-creation', 'email']);

    expect(stepsOf(again).filter((step) => !step.endsWith('skipped'))).toEqual([
      'validation pending',
      'payment pending',
      'order-creation pending',
      'email pending',
    ]);
  });

  it('does not count a failed stage that can be redriven as passed', () => {
    const job = followPlan(anExhaustedJob(), [
      'validation',
      'fraud-check',
      'payment',
      'order-creation',
      'email',
    ]);

    expect(stepsOf(job)[1]).toBe('fraud-check pending');
  });

  it('shows a step as skipped that has not begun and that the plan lacks, at its place', () => {
    const job = followPlan(aJobAt('validation'), ['validation', 'charge', 'order-creation', 'email']);

    expect(stepsOf(job)).toEqual([
      'validation in-progress',
      'payment skipped',
      'charge pending',
      'order-creation pending',
      'email pending',
    ]);
  });

  it('keeps what has been done by a stage that the plan lacks', () => {
    const job = followPlan(aJobAt('email'), ['charge', 'order-creation', 'email']);

    expect(stepsOf(job).slice(0, 3)).toEqual(['validation completed', 'payment completed', 'charge skipped']);
  });

  it('never lets progress fall', () => {
    const before = aJobAt('payment');

    const job = followPlan(before, ['validation', 'payment', 'a', 'b', 'c', 'd', 'order-creation', 'email']);

    expect(progressOf(job)).toBe(progressOf(before));
  });
});
