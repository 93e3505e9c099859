import { expect } from '@jest/globals';
import { isTerminal, type Job } from '../../../domain/job/job.ts';
import { statusDocument } from '../../../domain/job/status.ts';
import { now, urls } from '../../support/builders.ts';
import type { Snapshot, World } from './world.ts';

/** What must hold at every moment. */
export function checkMoment({ job, order, charges, refunds, mails, ...rest }: Snapshot, world: World): void {
  const isVisible = order.createdAt !== undefined && order.voidedAt === undefined;
  expect(charges).toBeLessThanOrEqual(1);
  expect(refunds).toBeLessThanOrEqual(charges);
  expect(mails).toBeLessThanOrEqual(1);
  if (job.steps.find(({ name }) => name === 'email')?.status === 'completed') expect(mails).toBe(1);
  expect([...rest.watchers].sort()).toEqual([...world.watchers].sort());
  expect(rest.isListedOpen).toBe(!hasEnded(job));
  if (hasEnded(job) && world.isCancelTaken()) expect(job.status).toBe('cancelled');
  if (job.status === 'completed')
    expect({ charges, refunds, isVisible }).toEqual({ charges: 1, refunds: 0, isVisible: true });
  if (hasEnded(job) && job.status !== 'completed') {
    expect({ owed: charges - refunds, isVisible }).toEqual({ owed: 0, isVisible: false });
  }
}

/** What must hold from one moment to the next, between which at most one effect happened. */
export function checkStep(before: Snapshot, after: Snapshot): void {
  const [old, present] = [before, after].map(({ job }) => statusDocument(job, urls, now)) as [
    Document,
    Document,
  ];
  if (present.version === old.version) expect(present).toEqual(old);
  else expect(present.version).toBe(old.version + 1);
  expect(present.progress).toBeGreaterThanOrEqual(old.progress);
  if (hasEnded(before.job)) expect(after.job).toEqual(before.job);
}

type Document = ReturnType<typeof statusDocument>;

/** Whether nothing may change the job any more; a failure that can be resumed may be redriven or cancelled. */
const hasEnded = (job: Job): boolean => isTerminal(job) && job.error?.redrivable !== true;
