import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import type { DueWebhook } from '../../../../domain/job/webhook.ts';
import type { JobChange } from '../../../../lambdas/ports/job-change.ts';
import { createEnqueueWebhooks } from '../../../../lambdas/webhooks/enqueue-webhooks.ts';
import { aCompletedJob, aDeclinedJob, aJobAt, anExhaustedJob, later } from '../../../support/builders.ts';

const aChange = (before: Job, after: Job, sequenceNumber = '1'): JobChange => ({
  sequenceNumber,
  before,
  after,
  watchers: [],
});

const withWebhook = (job: Job): Job => ({ ...job, webhook: true });

/** A queue that refuses what it is told to. */
function aQueue(refuses: (webhook: DueWebhook) => boolean = () => false) {
  const sent: DueWebhook[] = [];
  return {
    sent,
    async send(webhooks: readonly DueWebhook[]) {
      sent.push(...webhooks.filter((webhook) => !refuses(webhook)));
      return webhooks.filter(refuses);
    },
  };
}

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
  ])('are queued for a job that is %s, by id and version alone', async (_, from, to) => {
    const queue = aQueue();

    const answer = await createEnqueueWebhooks({ queue })([aChange(withWebhook(from), withWebhook(to))]);

    expect(queue.sent).toEqual([{ jobId: to.jobId, version: to.version }]);
    expect(answer).toEqual([]);
  });

  it('are queued again when a redriven job ends again', async () => {
    const queue = aQueue();
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
    const queue = aQueue();

    await createEnqueueWebhooks({ queue })([aChange(from, to)]);

    expect(queue.sent).toEqual([]);
  });

  it('are reported where the queue did not take them', async () => {
    const other = { ...aCompletedJob(), jobId: '019bdbe4-5b40-7000-8000-000000000002' };
    const queue = aQueue(({ jobId }) => jobId === other.jobId);

    const answer = await createEnqueueWebhooks({ queue })([
      aChange(withWebhook(aJobAt('email')), withWebhook(aCompletedJob()), '7'),
      aChange(withWebhook({ ...aJobAt('email'), jobId: other.jobId }), withWebhook(other), '8'),
    ]);

    expect(answer.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['8']);
  });

  it('are all reported where the queue does not answer', async () => {
    const queue = { send: () => Promise.reject(new Error('unreachable')) };
    const change = aChange(withWebhook(aJobAt('email')), withWebhook(aCompletedJob()));

    expect(await createEnqueueWebhooks({ queue })([change])).toEqual([change]);
  });
});
