import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import type { JobChange } from '../../../../lambdas/ports/job-change.ts';
import { createEnqueueWebhooks } from '../../../../lambdas/webhooks/enqueue-webhooks.ts';
import { aCompletedJob, aDeclinedJob, aJobAt, anExhaustedJob, later } from '../../../support/builders.ts';
import { memoryWebhookQueue } from '../../../support/fake-services.ts';

const aChange = (before: Job, after: Job, sequenceNumber = '1'): JobChange => ({
  sequenceNumber,
  before,
  after,
  watchers: [],
});

const withWebhook = (job: Job): Job => ({ ...job, webhook: true });

describe('webhooks', () => {
  it.each([
    ['completed', aJobAt('email'), aCompletedJob()],
    ['failed for a business reason', aJobAt('payment'), aDeclinedJob()],
    ['failed for a technical reason', aJobAt('payment'), anExhaustedJob()],
    [
      'cancelled after a failure',
      anExhaustedJob(),
      { ...anExhaustedJob(), status: 'cancelled' as const, version: anExhaustedJob().version + 1 },
    ],
  ])('are queued for a job that is %s, by its ids and its version alone', async (_, from, to) => {
    const queue = memoryWebhookQueue();

    const answer = await createEnqueueWebhooks({ queue })([aChange(withWebhook(from), withWebhook(to))]);

    const { jobId, version, owner } = to;
    expect(queue.sent).toEqual([{ jobId, version, owner, attempt: 1, delaySeconds: 0 }]);
    expect(answer).toEqual([]);
  });

  it('are queued again when a redriven job ends again', async () => {
    const queue = memoryWebhookQueue();
    const failed = anExhaustedJob();
    const redriven = transition(failed, { type: 'redriven' }, later(40));
    const failedAgain = transition(
      redriven,
      { type: 'stage-exhausted', stage: 'payment', reason: { code: 'stage_failed', message: 'Again.' } },
      later(50),
    );
    const [first, second, third] = [failed, redriven, failedAgain].map(withWebhook) as [Job, Job, Job];

    await createEnqueueWebhooks({ queue })([
      aChange(withWebhook(aJobAt('payment')), first),
      aChange(first, second),
      aChange(second, third),
    ]);

    expect(queue.sent.map(({ version }) => version)).toEqual([failed.version, failedAgain.version]);
  });

  it.each([
    ['whose end nobody wants to hear of', aJobAt('email'), aCompletedJob()],
    ['that goes on', withWebhook(aJobAt('payment')), withWebhook(aJobAt('email'))],
    ['that ended before, and lost a watcher', withWebhook(aCompletedJob()), withWebhook(aCompletedJob())],
  ])('are not queued for a job %s', async (_, from, to) => {
    const queue = memoryWebhookQueue();

    await createEnqueueWebhooks({ queue })([aChange(from, to)]);

    expect(queue.sent).toEqual([]);
  });

  it('are queued in as many calls as it takes', async () => {
    const queue = memoryWebhookQueue();
    const ended = Array.from({ length: 11 }, (_, n) => ({ ...aCompletedJob(), jobId: `job ${n}` }));

    const answer = await createEnqueueWebhooks({ queue })(
      ended.map((job) => aChange(withWebhook(aJobAt('email')), withWebhook(job))),
    );

    expect(queue.sent.map(({ jobId }) => jobId)).toEqual(ended.map(({ jobId }) => jobId));
    expect(answer).toEqual([]);
  });

  it('are reported where the queue did not take them', async () => {
    const other = { ...aCompletedJob(), jobId: '019bdbe4-5b40-7000-8000-000000000002' };
    const queue = memoryWebhookQueue(({ jobId }) => jobId === other.jobId);

    const answer = await createEnqueueWebhooks({ queue })([
      aChange(withWebhook(aJobAt('email')), withWebhook(aCompletedJob()), '7'),
      aChange(withWebhook({ ...aJobAt('email'), jobId: other.jobId }), withWebhook(other), '8'),
    ]);

    expect(answer.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['8']);
  });

  it('are queued only up to the first failure, because the stream redelivers the rest', async () => {
    const ended = Array.from({ length: 25 }, (_, n) => ({ ...aCompletedJob(), jobId: `job ${n}` }));
    const queue = memoryWebhookQueue(({ jobId }) => jobId === 'job 12');

    const answer = await createEnqueueWebhooks({ queue })(
      ended.map((job) => aChange(withWebhook(aJobAt('email')), withWebhook(job))),
    );

    expect(answer.map(({ after }) => after.jobId)).toEqual(ended.slice(12).map(({ jobId }) => jobId));
    expect(queue.sent.map(({ jobId }) => jobId)).not.toContain('job 20');
  });

  it('are all reported where the queue does not answer', async () => {
    const queue = { send: () => Promise.reject(new Error('unreachable')) };
    const change = aChange(withWebhook(aJobAt('email')), withWebhook(aCompletedJob()));

    expect(await createEnqueueWebhooks({ queue })([change])).toEqual([change]);
  });
});
