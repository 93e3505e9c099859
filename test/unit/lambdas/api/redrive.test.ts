import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
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

function setUp(present: readonly Job[], redrivable = true) {
  const calls: Calls = [];
  const jobs = memoryJobs(present, calls);
  const executions = memoryExecutions(calls, {
    executions: { [jobId]: redrivable ? 'FAILED' : 'SUCCEEDED' },
  });
  const redrive = createRedrive({ jobs, executions, clock: () => later(1_000), urls });
  return { redrive: () => redrive(aRequest({ parameters: { jobId } })), calls, jobs };
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
    const { redrive, jobs } = setUp([anExhaustedJob()], false);

    await expect(redrive()).rejects.toThrow(CannotRedrive);

    expect(jobs.writes).toEqual([]);
  });

  it("is refused in the same words for a missing job and for another owner's", async () => {
    const refusal = new NotFound('You have no job with this id.');

    await expect(setUp([]).redrive()).rejects.toEqual(refusal);
    await expect(setUp([{ ...anExhaustedJob(), owner: 'grace' }]).redrive()).rejects.toEqual(refusal);
  });
});
