import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import type { Callback } from '../../../../domain/job/webhook.ts';
import type { JobChange } from '../../../../lambdas/ports.ts';
import { createAnnounce } from '../../../../lambdas/webhooks/announce.ts';
import { aCompletedJob, aDeclinedJob, aJobAt, anExhaustedJob, later } from '../../../support/builders.ts';

const aChange = (before: Job, after: Job, sequenceNumber = '1'): JobChange => ({
  sequenceNumber,
  before,
  after,
  watchers: [],
});

const calledBack = (job: Job): Job => ({ ...job, callback: true });

/** A queue that refuses what it is told to. */
function aQueue(refuses: (callback: Callback) => boolean = () => false) {
  const sent: Callback[] = [];
  return {
    sent,
    async send(callbacks: readonly Callback[]) {
      sent.push(...callbacks.filter((callback) => !refuses(callback)));
      return callbacks.filter(refuses);
    },
  };
}

describe('callbacks', () => {
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

    const answer = await createAnnounce({ queue })([aChange(calledBack(from), calledBack(to))]);

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
    const [first, second, third] = [failed, redriven, failedAgain].map(calledBack) as [Job, Job, Job];

    await createAnnounce({ queue })([
      aChange(calledBack(aJobAt('payment')), first),
      aChange(first, second),
      aChange(second, third),
    ]);

    expect(queue.sent.map(({ version }) => version)).toEqual([failed.version, failedAgain.version]);
  });

  it.each([
    ['whose end nobody wants to hear of', aJobAt('email'), aCompletedJob()],
    ['that goes on', calledBack(aJobAt('payment')), calledBack(aJobAt('email'))],
    ['that ended before, and lost a watcher', calledBack(aCompletedJob()), calledBack(aCompletedJob())],
  ])('are not queued for a job %s', async (_, from, to) => {
    const queue = aQueue();

    await createAnnounce({ queue })([aChange(from, to)]);

    expect(queue.sent).toEqual([]);
  });

  it('are reported where the queue did not take them', async () => {
    const other = { ...aCompletedJob(), jobId: '019bdbe4-5b40-7000-8000-000000000002' };
    const queue = aQueue(({ jobId }) => jobId === other.jobId);

    const answer = await createAnnounce({ queue })([
      aChange(calledBack(aJobAt('email')), calledBack(aCompletedJob()), '7'),
      aChange(calledBack({ ...aJobAt('email'), jobId: other.jobId }), calledBack(other), '8'),
    ]);

    expect(answer.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['8']);
  });

  it('are all reported where the queue does not answer', async () => {
    const queue = { send: () => Promise.reject(new Error('unreachable')) };
    const change = aChange(calledBack(aJobAt('email')), calledBack(aCompletedJob()));

    expect(await createAnnounce({ queue })([change])).toEqual([change]);
  });
});
