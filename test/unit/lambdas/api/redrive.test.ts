import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { CannotRedrive, NotFound } from '../../../../domain/protocol/errors.ts';
import { createRedrive } from '../../../../lambdas/api/redrive.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJobAt,
  anExhaustedJob,
  aRequest,
  jobId,
  later,
  urls,
} from '../../../support/builders.ts';
import { memoryExecutions } from '../../../support/fake-services.ts';
import { type Calls, memoryJobs } from '../../../support/fakes.ts';

function setUp(present: readonly Job[], { redrivable = true, at = later(1_000) } = {}) {
  const calls: Calls = [];
  const jobs = memoryJobs(present, calls);
  const executions = memoryExecutions(calls, {
    executions: { [jobId]: redrivable ? 'FAILED' : 'SUCCEEDED' },
  });
  const redrive = createRedrive({ jobs, executions, clock: () => at, urls });
  return { redrive: () => redrive(aRequest({ parameters: { jobId } })), calls, jobs, executions };
}

describe('a redrive', () => {
  it('resumes the execution, then reopens the job at the stage that failed', async () => {
    const { redrive, calls } = setUp([anExhaustedJob()]);

    const response = await redrive();

    expect(calls).toEqual(['executions.redrive', 'jobs.change']);
    expect(response).toMatchObject({
      status: 202,
      headers: { location: `/api/orders/status/${jobId}` },
      body: { status: 'processing', stage: 'payment' },
    });
    expect(response.body).not.toHaveProperty('error');
  });

  it('starts another settlement of a job whose undoing failed', async () => {
    const asked = transition(anExhaustedJob(), { type: 'cancel-requested' }, later(100));
    const reason = { code: 'compensation_failed', message: 'It could not be undone.' };
    const failed = transition(asked, { type: 'compensation-failed', reason }, later(200));
    const { redrive, calls, executions } = setUp([failed]);

    const { status, body } = await redrive();

    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'processing', cancelling: true });
    expect(calls).toEqual(['jobs.change', 'executions.startSettlement']);
    expect(executions.settled).toEqual([`${jobId} 2`]);
  });

  it('may be repeated while the job is going on and after it has completed', async () => {
    const { redrive, calls, jobs } = setUp([anExhaustedJob()]);
    await redrive();
    const redriven = jobs.stored.get(jobId) as Job;
    const completed = ['payment', 'order-creation', 'email'].reduce(
      (job, stage) => transition(job, { type: 'stage-completed', stage, attempt: 1 }, later(2_000)),
      redriven,
    );

    expect(await redrive()).toMatchObject({ status: 202, body: { status: 'processing' } });
    expect(await setUp([completed]).redrive()).toMatchObject({ status: 202, body: { status: 'completed' } });

    expect(calls).toEqual(['executions.redrive', 'jobs.change']);
  });

  it('is refused once the time for it has passed', async () => {
    const failed = anExhaustedJob();
    const { redrive, calls } = setUp([failed], { at: new Date(failed.error?.redrivableUntil ?? '') });

    await expect(redrive()).rejects.toThrow('the time for a redrive has passed');

    expect(calls).toEqual([]);
  });

  it.each([
    ['is going on', aJobAt('payment')],
    ['has completed', aCompletedJob()],
    ['was refused', aDeclinedJob()],
  ])('is refused for a job that %s', async (_, job) => {
    const { redrive, calls } = setUp([job]);

    await expect(redrive()).rejects.toThrow(CannotRedrive);

    expect(calls).toEqual([]);
  });

  it('is refused and leaves the job as it is when the execution cannot be resumed', async () => {
    const { redrive, jobs } = setUp([anExhaustedJob()], { redrivable: false });

    await expect(redrive()).rejects.toThrow(CannotRedrive);

    expect(jobs.writes).toEqual([]);
  });

  it("is refused in the same words for a missing job and for another owner's", async () => {
    const refusal = new NotFound('You have no job with this id.');

    await expect(setUp([]).redrive()).rejects.toEqual(refusal);
    await expect(setUp([{ ...anExhaustedJob(), owner: 'grace' }]).redrive()).rejects.toEqual(refusal);
  });
});
