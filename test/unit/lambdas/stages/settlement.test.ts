import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job.ts';
import { createSettlement } from '../../../../lambdas/stages/settlement.ts';
import { aCompletedJob, aDeclinedJob, aJobAt, jobId, later } from '../../../support/builders.ts';
import { memoryJobs } from '../../../support/fakes.ts';

const failure = { Error: 'Lambda.Unknown' };

function setUp(job: Job) {
  const jobs = memoryJobs([job]);
  const settle = createSettlement({ jobs, clock: () => later(9_000) });
  return { settle: () => settle({ jobId, failure }), jobs, job: () => jobs.stored.get(jobId) };
}

describe('the settlement', () => {
  it.each([
    ['failed', aDeclinedJob()],
    ['completed', aCompletedJob()],
  ])('leaves a job alone that is %s already', async (_, present) => {
    const { settle, jobs } = setUp(present);

    await settle();

    expect(jobs.writes).toEqual([]);
  });

  it('completes the order without its confirmation when that is exhausted', async () => {
    const { settle, job } = setUp(aJobAt('email'));

    await settle();

    expect(job()?.status).toBe('completed');
    expect(job()?.steps.at(-1)).toMatchObject({ name: 'email', status: 'failed' });
  });

  it('changes nothing more when it is repeated', async () => {
    const { settle, jobs } = setUp(aJobAt('email'));

    await settle();
    await settle();

    expect(jobs.writes).toHaveLength(1);
  });

  it('says nothing of the cause to the client', async () => {
    const { settle, job } = setUp(aJobAt('payment'));

    await settle();

    expect(JSON.stringify(job()?.error)).not.toContain('Lambda');
    expect(job()).toMatchObject({ status: 'failed', error: { code: 'stage_failed', stage: 'payment' } });
  });

  it('fails for a job that is not there', async () => {
    const settle = createSettlement({ jobs: memoryJobs(), clock: () => later(0) });

    await expect(settle({ jobId, failure })).rejects.toThrow('There is no job');
  });
});
