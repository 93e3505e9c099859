import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { type BookkeepingPorts, createBookkeeping } from '../../../../lambdas/housekeeping/bookkeeping.ts';
import { createEnqueueWebhooks } from '../../../../lambdas/webhooks/enqueue-webhooks.ts';
import { aCompletedJob, aDeclinedJob, aJob, aJobAt, jobId } from '../../../support/builders.ts';
import { memoryExecutions, memoryWebhookQueue } from '../../../support/fake-services.ts';
import { memoryJobs, memoryStatistics } from '../../../support/fakes.ts';
import { fourStages } from '../../../support/four-stages.ts';
import { aPoisonRecord, aRecord } from '../../../support/stream.ts';

const idOf = (n: number) => jobId.replace(/1$/, String(n));
const withId = (job: Job, n: number): Job => ({ ...job, jobId: idOf(n) });

const accepted = (n: number) => aRecord(withId(aJob(), n), { sequenceNumber: String(n) });
const completed = (n: number, sequenceNumber = String(n)) =>
  aRecord(withId(aCompletedJob(), n), { from: withId(aJobAt('email'), n), sequenceNumber });
/** A completed job with a webhook. */
const completedWithWebhook = (n: number) =>
  aRecord(
    { ...withId(aCompletedJob(), n), webhook: true },
    { from: { ...withId(aJobAt('email'), n), webhook: true }, sequenceNumber: String(n) },
  );

function setUp(present: readonly Job[] = [], override: Partial<BookkeepingPorts> = {}) {
  const looked: string[] = [];
  const stored = memoryJobs(present);
  const jobs: BookkeepingPorts['jobs'] = {
    get: async (id) => {
      looked.push(id);
      return stored.get(id);
    },
  };
  const executions = memoryExecutions();
  const statistics = memoryStatistics();
  const queue = memoryWebhookQueue();
  const enqueueWebhooks = createEnqueueWebhooks({ queue });
  const bookkeeping = createBookkeeping({ jobs, executions, statistics, enqueueWebhooks, ...override });
  return { bookkeeping, looked, executions, statistics, queued: queue.sent };
}

/** Executions whose start fails for the jobs in `failures`. */
function failingExecutions(...failing: readonly number[]) {
  const executions = memoryExecutions();
  const failures = new Set(failing.map(idOf));
  const start = async (id: string) => {
    if (failures.has(id)) throw new Error('throttled');
    await executions.start(id);
  };
  return { ...executions, failures, start };
}

describe('what was accepted', () => {
  it('is started when it is still queued, as it stands now and not as it stood then', async () => {
    const { bookkeeping, executions, statistics } = setUp([withId(aJob(), 1), withId(aJobAt('payment'), 2)]);

    const answer = await bookkeeping({ Records: [accepted(1), accepted(2)] });

    expect(executions.started).toEqual([idOf(1)]);
    expect(statistics.writes).toEqual([]);
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it.each<[string, readonly Job[]]>([
    ['is under way', [aJobAt('validation')]],
    ['is completed', [aCompletedJob()]],
    ['failed', [aDeclinedJob()]],
    ['has expired', []],
  ])('is left alone when it %s', async (_, present) => {
    const { bookkeeping, executions } = setUp(present);

    await bookkeeping({ Records: [accepted(1)] });

    expect(executions.started).toEqual([]);
  });

  it('needs no look when it ended within the window', async () => {
    const { bookkeeping, looked, executions } = setUp([withId(aJob(), 2)]);

    await bookkeeping({ Records: [accepted(1), accepted(2), completed(1, '3')] });

    expect(looked).toEqual([idOf(2)]);
    expect(executions.started).toEqual([idOf(2)]);
  });

  it('needs no look for any other change', async () => {
    const { bookkeeping, looked } = setUp([aJob()]);

    await bookkeeping({ Records: [aRecord(aJobAt('payment'), { from: aJob() })] });

    expect(looked).toEqual([]);
  });

  it('is reported when it could not be started, and what lies behind is started all the same', async () => {
    const executions = failingExecutions(2);
    const { bookkeeping } = setUp([aJob(), withId(aJob(), 2), withId(aJob(), 3)], { executions });

    const answer = await bookkeeping({ Records: [accepted(1), accepted(2), accepted(3)] });

    expect(executions.started).toEqual([idOf(1), idOf(3)]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  });

  it('is reported from the first on that could not be started', async () => {
    const executions = failingExecutions(2, 3);
    const { bookkeeping } = setUp([withId(aJob(), 2), withId(aJob(), 3)], { executions });

    const answer = await bookkeeping({ Records: [accepted(1), accepted(2), accepted(3)] });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  });

  it('is reported when nobody could look', async () => {
    const get = async () => {
      throw new Error('throttled');
    };
    const { bookkeeping } = setUp([], { jobs: { get } });

    expect(await bookkeeping({ Records: [accepted(1)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
  });
});

describe('what was completed', () => {
  it('teaches how long each stage took, in one write', async () => {
    const { bookkeeping, statistics } = setUp();

    await bookkeeping({ Records: [completed(1), completed(2), completed(3)] });

    expect(statistics.writes).toHaveLength(1);
    expect(Object.keys(statistics.latest())).toEqual(fourStages.map(({ name }) => name));
    expect(statistics.latest()).toHaveProperty('email', { meanMs: 10, p95Ms: 10, samples: 3 });
  });

  it('is learned once when a start between fails and the stream brings the rest again', async () => {
    const executions = failingExecutions(3);
    const { bookkeeping, statistics } = setUp([withId(aJob(), 3)], { executions });
    const batch = [completed(1), completed(2), accepted(3), completed(4)];

    const answer = await bookkeeping({ Records: batch });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }] });
    expect(statistics.latest()).toHaveProperty('payment.samples', 2);

    executions.failures.clear();
    expect(await bookkeeping({ Records: batch.slice(2) })).toEqual({ batchItemFailures: [] });

    expect(statistics.latest()).toHaveProperty('payment.samples', 3);
    expect(statistics.writes).toHaveLength(2);
    expect(executions.started).toEqual([idOf(3)]);
  });

  it.each<[string, Job, Job]>([
    ['failed', aDeclinedJob(), aJobAt('payment')],
    ['was completed before, and lost a watcher', aCompletedJob(), aCompletedJob()],
  ])('is learned of no job that %s', async (_, to, from) => {
    const { bookkeeping, statistics } = setUp();

    await bookkeeping({ Records: [aRecord(to, { from })] });

    expect(statistics.writes).toEqual([]);
  });

  it('has its webhook enqueued if the order asked for one', async () => {
    const { bookkeeping, queued } = setUp();

    await bookkeeping({ Records: [completed(1), completedWithWebhook(2)] });

    expect(queued.map(({ jobId }) => jobId)).toEqual([idOf(2)]);
  });

  it('is reported when its webhook was not enqueued, and learned when the stream brings it again', async () => {
    const enqueueWebhooks = createEnqueueWebhooks({
      queue: memoryWebhookQueue(({ jobId }) => jobId === idOf(2)),
    });
    const { bookkeeping, statistics, executions } = setUp([withId(aJob(), 3)], { enqueueWebhooks });

    const answer = await bookkeeping({
      Records: [completedWithWebhook(1), completedWithWebhook(2), accepted(3)],
    });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(statistics.latest()).toHaveProperty('payment.samples', 1);
    expect(executions.started).toEqual([idOf(3)]);
  });

  it('comes again as a whole when what it teaches could not be stored', async () => {
    const change = async () => {
      throw new Error('throttled');
    };
    const { bookkeeping } = setUp([], { statistics: { change } });

    await expect(bookkeeping({ Records: [completed(1), completed(2)] })).rejects.toThrow('throttled');
  });
});

describe('a record that nobody can read', () => {
  it('fails its batch before anything is done, so that the stream can halve it', async () => {
    const { bookkeeping, executions, statistics, queued } = setUp([aJob()]);

    const batch = bookkeeping({ Records: [accepted(1), completedWithWebhook(2), aPoisonRecord('3')] });

    await expect(batch).rejects.toThrow();
    expect(executions.started).toEqual([]);
    expect(statistics.writes).toEqual([]);
    expect(queued).toEqual([]);
  });
});
