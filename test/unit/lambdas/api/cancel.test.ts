import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { statusDocument } from '../../../../domain/job/status.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { CannotCancel, NotFound } from '../../../../domain/protocol/errors.ts';
import { createCancel } from '../../../../lambdas/api/cancel.ts';
import type { Jobs } from '../../../../lambdas/ports/jobs.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  aRequest,
  jobId,
  later,
  now,
  urls,
} from '../../../support/builders.ts';
import { memoryExecutions } from '../../../support/fake-services.ts';
import { memoryJobs } from '../../../support/fakes.ts';

function setUp(...present: Job[]) {
  const jobs = memoryJobs(present);
  const executions = memoryExecutions();
  const cancel = createCancel({ jobs, executions, clock: () => later(1_000), urls });
  return {
    cancel: () => cancel(aRequest({ parameters: { jobId } })),
    executions,
    jobs,
    job: () => jobs.stored.get(jobId) as Job,
  };
}

/** A failed job with nothing to undo. */
const exhaustedAtOnce = () =>
  transition(
    aJobAt('validation'),
    {
      type: 'stage-exhausted',
      stage: 'validation',
      reason: { code: 'stage_failed', message: 'It failed.' },
    },
    later(30),
  );

describe('asking for cancellation', () => {
  it('answers 202 with the job, which is being cancelled, and leaves the rest to its execution', async () => {
    const { cancel, executions, job } = setUp(aJobAt('payment'));

    const response = await cancel();

    expect(response).toEqual({
      status: 202,
      headers: { location: `/api/orders/status/${jobId}`, 'retry-after': expect.any(String) },
      body: statusDocument(job(), urls, now),
    });
    expect(response.body).toMatchObject({ status: 'processing', stage: 'payment', cancelling: true });
    expect(executions.settled).toEqual([]);
  });

  it('may be repeated', async () => {
    const { cancel, jobs } = setUp(aJob());

    await cancel();
    const again = await cancel();

    expect(again.status).toBe(202);
    expect(jobs.writes).toHaveLength(1);
  });

  it('starts to undo a failure that waits for a redrive', async () => {
    const { cancel, executions, job } = setUp(anExhaustedJob());

    const { body } = await cancel();

    expect(executions.settled).toEqual([jobId]);
    expect(job()).toMatchObject({ status: 'processing', outcome: { status: 'cancelled' } });
    expect(body).toMatchObject({ status: 'processing', cancelling: true });
  });

  it('is taken although the answer to the write that ended the job got lost', async () => {
    const { jobs } = setUp(exhaustedAtOnce());
    const change: Jobs['change'] = async (job, decide) => {
      await jobs.change(job, decide);
      // The SDK repeats the write, its condition fails, and the update is called again with the stored job.
      return decide(jobs.stored.get(jobId) as Job);
    };
    const cancel = createCancel({
      jobs: { ...jobs, change },
      executions: memoryExecutions(),
      clock: () => later(1_000),
      urls,
    });

    const { status, body } = await cancel(aRequest({ parameters: { jobId } }));

    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'cancelled' });
  });

  it('does not start again to undo what is being undone', async () => {
    const { cancel, executions } = setUp(anExhaustedJob());

    await cancel();
    await cancel();

    expect(executions.settled).toEqual([jobId]);
  });

  it('is taken although the execution that undoes it does not start, for the next sweep starts it', async () => {
    const { cancel, executions, job } = setUp(anExhaustedJob());
    executions.startSettlement = async () => {
      throw new Error('Step Functions is down.');
    };

    const { status, body } = await cancel();

    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'processing' });
    expect(job()).toMatchObject({ status: 'processing', outcome: { status: 'cancelled' } });
  });

  it('asks nobody to come again for a job that it ends at once', async () => {
    const { cancel, executions } = setUp(exhaustedAtOnce());

    const { headers, body } = await cancel();

    expect(body).toMatchObject({ status: 'cancelled' });
    expect(headers).toEqual({ location: `/api/orders/status/${jobId}` });
    expect(executions.settled).toEqual([]);
  });

  it('may be repeated after the job was cancelled', async () => {
    const { cancel, jobs } = setUp(exhaustedAtOnce());

    await cancel();
    const { status, body } = await cancel();

    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'cancelled' });
    expect(jobs.writes).toHaveLength(1);
  });

  it.each([
    ['has completed', aCompletedJob()],
    ['has failed for good', aDeclinedJob()],
    ['sends its confirmation', aJobAt('email')],
  ])('is refused with the reason when the job %s, and changes nothing', async (_, present) => {
    const { cancel, jobs, executions } = setUp(present);

    await expect(cancel()).rejects.toThrow(CannotCancel);

    expect(jobs.writes).toEqual([]);
    expect(executions.settled).toEqual([]);
  });

  it("is refused in the same words for a missing job and for another owner's", async () => {
    const refusal = new NotFound('You have no job with this id.');

    await expect(setUp().cancel()).rejects.toEqual(refusal);
    await expect(setUp(aJob({ owner: 'grace' })).cancel()).rejects.toEqual(refusal);
  });
});
