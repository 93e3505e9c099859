import { describe, expect, it } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Job } from '../../../../domain/job/job.ts';
import { webhookIdOf } from '../../../../domain/job/webhook.ts';
import { type BookkeepingPorts, createBookkeeping } from '../../../../lambdas/housekeeping/bookkeeping.ts';
import { createEnqueueWebhooks } from '../../../../lambdas/webhooks/enqueue-webhooks.ts';
import { aCompletedJob, aDeclinedJob, aJob, aJobAt, jobId, now } from '../../../support/builders.ts';
import { memoryDeadLetters, memoryExecutions, memoryWebhookQueue } from '../../../support/fake-services.ts';
import { memoryJobs, memoryStatistics } from '../../../support/fakes.ts';
import { fourStages } from '../../../support/four-stages.ts';
import { linesOf } from '../../../support/logs.ts';
import { metricsOf } from '../../../support/metrics.ts';
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
  const deadLetters = memoryDeadLetters();
  const bookkeeping = createBookkeeping({
    ...{ jobs, executions, statistics, enqueueWebhooks, deadLetters },
    clock: () => now,
    ...override,
  });
  return { bookkeeping, looked, executions, statistics, queued: queue.sent, setAside: deadLetters.letters };
}

/** A record of that time, in milliseconds since the epoch. */
const at = (record: DynamoDBRecord, time: number): DynamoDBRecord => ({
  ...record,
  dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: time / 1_000 },
});

/** Executions whose start fails for these jobs. */
function failingExecutions(...failing: readonly number[]) {
  const executions = memoryExecutions();
  const start = async (id: string) => {
    if (failing.map(idOf).includes(id)) throw new Error('throttled');
    return executions.start(id);
  };
  return { ...executions, start };
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

  it.each<[string, Partial<BookkeepingPorts>]>([
    ['it could not be started', { executions: failingExecutions(2) }],
    ['nobody could look', { jobs: { get: () => Promise.reject(new Error('throttled')) } }],
  ])('is left to the sweep when %s, and what lies behind flows', async (_, override) => {
    const { bookkeeping, queued, statistics } = setUp([withId(aJob(), 2)], override);

    const answer = await bookkeeping({ Records: [accepted(2), completedWithWebhook(3)] });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(queued.map(({ jobId }) => jobId)).toEqual([idOf(3)]);
    expect(statistics.writes).toHaveLength(1);
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

  it('repeats no webhook when what it teaches could not be stored', async () => {
    const change = async () => {
      throw new Error('throttled');
    };
    const { bookkeeping, queued } = setUp([], { statistics: { change } });

    const answer = await bookkeeping({ Records: [completedWithWebhook(1), completed(2)] });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(queued).toHaveLength(1);
  });

  it('is set aside whole when its webhook could not be enqueued for half a day, and what lies behind flows', async () => {
    const refusing = memoryWebhookQueue(({ jobId }) => jobId === idOf(1));
    const enqueueWebhooks = createEnqueueWebhooks({ queue: refusing });
    const { bookkeeping, statistics, setAside } = setUp([], { enqueueWebhooks });
    const hoursOld = (hours: number) => at(completedWithWebhook(1), now.getTime() - hours * 3_600_000);

    const [young, old] = [hoursOld(11), hoursOld(13)];
    const atFirst = await bookkeeping({ Records: [young] });
    const later = await bookkeeping({ Records: [old, completed(2)] });

    expect(atFirst).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(later).toEqual({ batchItemFailures: [] });
    expect(setAside).toEqual([old]);
    expect(statistics.latest()).toHaveProperty('payment.samples', 2);
  });

  it('can be processed later from its dead letter', async () => {
    const { bookkeeping: failing, setAside } = setUp([], {
      enqueueWebhooks: createEnqueueWebhooks({ queue: memoryWebhookQueue(() => true) }),
    });
    await failing({ Records: [at(completedWithWebhook(1), 0)] });
    const { bookkeeping, queued } = setUp();

    const [letter] = JSON.parse(JSON.stringify(setAside)) as [DynamoDBRecord];
    await bookkeeping({ Records: [letter] });

    expect(queued.map(({ jobId }) => jobId)).toEqual([idOf(1)]);
  });

  it('is set aside one by one: the next one has its own try', async () => {
    const enqueueWebhooks = createEnqueueWebhooks({ queue: memoryWebhookQueue(() => true) });
    const { bookkeeping, setAside } = setUp([], { enqueueWebhooks });
    const Records = [1, 2].map((n) => at(completedWithWebhook(n), 0));

    expect(await bookkeeping({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(setAside).toEqual([Records[0]]);
  });
});

describe('a record that nobody can read', () => {
  it('is set aside whole and at once, and what lies behind it flows', async () => {
    const { bookkeeping, executions, statistics, queued, setAside } = setUp([aJob(), withId(aJob(), 4)]);
    const poison = aPoisonRecord('2');

    const answer = await bookkeeping({
      Records: [accepted(1), poison, completedWithWebhook(3), accepted(4)],
    });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(setAside).toEqual([poison]);
    expect(executions.started).toEqual([idOf(1), idOf(4)]);
    expect(queued).toHaveLength(1);
    expect(statistics.writes).toHaveLength(1);
  });

  it('is redelivered as long as it cannot be set aside, without what lies before it', async () => {
    const { bookkeeping, queued } = setUp([], { deadLetters: memoryDeadLetters(true) });

    const answer = await bookkeeping({
      Records: [completedWithWebhook(1), aPoisonRecord('2'), completedWithWebhook(3)],
    });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(queued.map(({ jobId }) => jobId)).toEqual([idOf(1)]);
  });
});

describe('a batch that is read again, as after a deployment', () => {
  it('starts nothing twice and sends only webhooks with the same ids', async () => {
    const { bookkeeping, executions, queued } = setUp([aJob()]);
    const Records = [accepted(1), completedWithWebhook(2)];

    await bookkeeping({ Records });
    await bookkeeping({ Records });

    expect(executions.started).toEqual([idOf(1)]);
    expect(new Set(queued.map(webhookIdOf)).size).toBe(1);
  });
});

describe('the logs and metrics of bookkeeping', () => {
  it('tell how long each job took from its acceptance to its completion', async () => {
    const { bookkeeping } = setUp();

    const recorded = await metricsOf(() =>
      bookkeeping({ Records: [accepted(1), completed(1), completed(2)] }),
    );

    expect(recorded).toEqual(['EndToEnd 30', 'EndToEnd 30']);
  });

  it('name the job that could not be started, the jobs whose webhooks were not enqueued, and that of a dead letter', async () => {
    const queue = memoryWebhookQueue();
    const send = async () => {
      throw new Error('down');
    };
    const { bookkeeping } = setUp([withId(aJob(), 1)], {
      executions: failingExecutions(1),
      enqueueWebhooks: createEnqueueWebhooks({ queue: { ...queue, send } }),
    });
    const poison = aPoisonRecord('3');
    const named = { ...poison, dynamodb: { ...poison.dynamodb, Keys: { jobId: { S: idOf(3) } } } };

    const lines = await linesOf(() =>
      bookkeeping({ Records: [accepted(1), completedWithWebhook(2), named] }),
    );

    expect(lines.filter(({ level }) => level === 'ERROR')).toEqual([
      expect.objectContaining({ message: 'Failed to read a record', jobId: idOf(3) }),
      expect.objectContaining({ message: 'A record was set aside', jobId: idOf(3) }),
      expect.objectContaining({ message: 'Failed to enqueue webhooks', jobIds: [idOf(2)] }),
      expect.objectContaining({ jobId: idOf(1), error: expect.objectContaining({ message: 'throttled' }) }),
    ]);
  });
});
