import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import type { OrderRecord } from '../../../../domain/order/order.ts';
import { OrderRefused } from '../../../../domain/protocol/errors.ts';
import type { StageName, StageTable } from '../../../../domain/stages.ts';
import { createStage, type StageInput, type Work } from '../../../../lambdas/runtime/stage.ts';
import {
  aCompletedJob,
  aDeclinedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  anOrderRecord,
  jobId,
  later,
  owner,
  ticket,
} from '../../../support/builders.ts';
import { memoryJobs, memoryOrders } from '../../../support/fakes.ts';
import { fourStages } from '../../../support/four-stages.ts';
import { linesOf } from '../../../support/logs.ts';
import { metricsOf } from '../../../support/metrics.ts';

const done: Work = async () => {};
const declined: Work = async () => {
  throw new OrderRefused('card_declined', 'The card was declined.');
};
const broken: Work = async () => {
  throw new Error('The gateway is down.');
};

/** The function of a stage, with a job, and the orders that its work received. */
function runner(stage: StageName, job: Job, work: Work = done, table: StageTable = fourStages) {
  const worked: OrderRecord[] = [];
  const jobs = memoryJobs([job]);
  const run = createStage(
    stage,
    async (order) => {
      worked.push(await order.read());
      await work(order);
    },
    {
      jobs,
      orders: memoryOrders([anOrderRecord()]),
      clock: () => later(5_000),
      learnedStages: async () => table,
    },
  );
  return {
    run: (retryCount = 0, input: Pick<StageInput, 'stages' | 'express'> = {}) =>
      run({ jobId, retryCount, ...input }, { awsRequestId: 'request-1' }),
    worked,
    jobs,
    job: () => jobs.stored.get(jobId),
  };
}

/** The job after an operator stopped its execution and everything is undone. */
function cancelled(job: Job): Job {
  const reason = { code: 'stopped', message: 'It was stopped.' };
  const undoing = transition(job, { type: 'execution-ended', status: 'cancelled', reason }, later(40));
  return transition(undoing, { type: 'compensated', stage: 'payment' }, later(50));
}

const stepOf = (job: Job | undefined, stage: string) => job?.steps.find((step) => step.name === stage);

describe('the plan of an Express execution', () => {
  const stages = ['validation', 'payment', 'screening', 'order-creation', 'email'];

  it('is followed by a job that has not begun', async () => {
    const { run, job } = runner('validation', aJob());

    await run(0, { stages, express: true });

    expect(job()?.steps.map(({ name }) => name)).toEqual(stages);
  });

  it('is refused, without any work, by a job that has begun under another one', async () => {
    const { run, worked, jobs } = runner('payment', aJobAt('payment'));

    await expect(run(0, { stages, express: true })).rejects.toThrow(/Another execution processes job/);

    expect([worked, jobs.writes]).toEqual([[], []]);
  });

  it('of a Standard execution is followed at any time', async () => {
    const { run, worked, job } = runner('payment', aJobAt('payment'));

    await run(0, { stages });

    expect(worked).toHaveLength(1);
    expect(job()).toMatchObject({ stage: 'screening' });
  });
});

describe('a stage', () => {
  it('records its beginning, works on the submitted order, and records its end with the next beginning', async () => {
    const { run, worked, jobs } = runner('validation', aJob());

    await run();

    expect(worked).toEqual([anOrderRecord()]);
    expect(jobs.writes.map(({ version, stage }) => [version, stage])).toEqual([
      [2, 'validation'],
      [3, 'payment'],
    ]);
  });

  it('writes once when the stage before has begun it already', async () => {
    const { run, jobs } = runner('payment', aJobAt('payment'));

    await run();

    expect(jobs.writes.map(({ stage }) => stage)).toEqual(['order-creation']);
  });

  it('completes the job when it is the last one', async () => {
    const { run, job } = runner('email', aJobAt('email'));

    await run();

    expect(job()?.status).toBe('completed');
  });

  it('fails for a job or an order that is not there', async () => {
    const ports = { jobs: memoryJobs(), orders: memoryOrders(), clock: () => later(0) };
    const reads: Work = async (order) => void (await order.read());
    const work = createStage('validation', reads, ports);
    const withoutOrder = createStage('validation', reads, { ...ports, jobs: memoryJobs([aJob()]) });

    await expect(work({ jobId, retryCount: 0 })).rejects.toThrow('does not exist');
    await expect(withoutOrder({ jobId, retryCount: 0 })).rejects.toThrow('has no order record');
  });
});

describe('a stage behind another', () => {
  /** The function of the payment stage, and what the stage before it passed on. */
  function handover(override: Partial<Job> = {}, now = later(5_000)) {
    const reads: string[] = [];
    const jobs = memoryJobs([aJob()]);
    const get = (jobId: string) => {
      reads.push(jobId);
      return jobs.get(jobId);
    };
    const ports = { orders: memoryOrders([anOrderRecord()]), clock: () => now };
    const validation = createStage('validation', done, { ...ports, jobs, clock: () => later(4_000) });
    const payment = createStage('payment', done, { ...ports, jobs: { ...jobs, get } });
    return {
      reads,
      job: () => jobs.stored.get(jobId),
      async run(retryCount = 0) {
        const job = { ...(await validation({ jobId, retryCount: 0 })), ...override };
        return payment({ jobId, retryCount, state: { passed: { job: JSON.parse(JSON.stringify(job)) } } });
      },
    };
  }

  it('begins with the job that was passed to it, and does not read it', async () => {
    const { run, reads, job } = handover();

    await run();

    expect(reads).toEqual([]);
    expect(job()).toMatchObject({ status: 'processing', stage: 'order-creation', version: 4, owner, ticket });
  });

  it('is passed neither the owner nor the ticket, because operators read the history of an execution', async () => {
    const { run } = handover();

    const passed = await run();

    expect(passed).toMatchObject({ jobId, version: 4 });
    expect(passed).not.toHaveProperty('owner');
    expect(passed).not.toHaveProperty('ticket');
  });

  it.each([
    ['it is retried', {}, later(5_000), 1],
    ['what was passed is older than ten seconds', {}, later(14_000), 0],
    ['the owner has asked for cancellation', { cancelling: true }, later(5_000), 0],
    ['another stage is due', { status: 'completed' }, later(5_000), 0],
    ['what was passed is no job', { version: 'three' as never }, later(5_000), 0],
  ] as const)('reads the job when %s', async (_, override, now, retryCount) => {
    const { run, reads, job } = handover(override, now);

    await run(retryCount);

    expect(reads).toEqual([jobId]);
    expect(job()).toMatchObject({ stage: 'order-creation' });
  });

  it('follows what has become of the job since', async () => {
    const jobs = memoryJobs([aJobAt('payment')]);
    const ports = { jobs, orders: memoryOrders([anOrderRecord()]), clock: () => later(50) };
    const asked = transition(aJobAt('payment'), { type: 'cancel-requested' }, later(40));
    jobs.stored.set(jobId, asked);

    const pay = createStage('payment', done, ports);
    const state = { passed: { job: aJobAt('payment') } };

    await expect(pay({ jobId, retryCount: 0, state })).rejects.toMatchObject({ name: 'OrderCancelled' });
    expect(jobs.stored.get(jobId)?.outcome?.status).toBe('cancelled');
  });
});

describe('a stage that is invoked again', () => {
  it('does not work twice', async () => {
    const { run, worked, job } = runner('payment', aJobAt('payment'));
    await run();
    const afterOnce = job();

    await run();

    expect(worked).toHaveLength(1);
    expect(job()).toBe(afterOnce);
  });

  it.each([
    ['the job is further', aJobAt('email')],
    ['the job is completed', aCompletedJob()],
  ])('does no work when %s', async (_, job) => {
    const { run, worked, jobs } = runner('payment', job);

    await run();

    expect(worked).toEqual([]);
    expect(jobs.writes).toEqual([]);
  });

  it('becomes a step of a job that was accepted before the stage existed', async () => {
    const { jobs, worked } = runner('payment', aJobAt('payment'));
    const screening = createStage(
      'fraud-check' as StageName,
      async (order) => void worked.push(await order.read()),
      {
        jobs,
        orders: memoryOrders([anOrderRecord()]),
        clock: () => later(5_000),
      },
    );
    const stages = ['validation', 'fraud-check', 'payment', 'order-creation', 'email'];

    await screening({ jobId, retryCount: 0, stages });

    expect(jobs.stored.get(jobId)?.steps[1]).toMatchObject({ name: 'fraud-check', status: 'completed' });
    expect(worked).toHaveLength(1);
  });

  it('fails when it is called before the stages before it, and does no work', async () => {
    const { run, worked, jobs } = runner('payment', aJob());

    await expect(run()).rejects.toThrow('was called before stage validation was done');

    expect(worked).toEqual([]);
    expect(jobs.writes).toEqual([]);
  });

  it.each([
    ['was refused at this stage', 'payment', aDeclinedJob()],
    ['was refused at an earlier stage', 'order-creation', aDeclinedJob()],
    ['was cancelled', 'payment', cancelled(aJobAt('payment'))],
  ] as const)('does nothing, without an error, when the order %s and has ended', async (_, stage, job) => {
    const { run, worked, jobs } = runner(stage, job);

    await expect(run()).resolves.toMatchObject({ jobId });

    expect(worked).toEqual([]);
    expect(jobs.writes).toEqual([]);
  });

  it('does no work when it is about to begin and the owner has asked for cancellation', async () => {
    const asked = transition(aJobAt('payment'), { type: 'cancel-requested' }, later(30));
    const { run, worked, job } = runner('payment', asked);

    await expect(run()).rejects.toMatchObject({ name: 'OrderCancelled' });

    expect(worked).toEqual([]);
    expect(job()?.outcome?.status).toBe('cancelled');
  });

  it('resumes a failure when an operator redrove the execution', async () => {
    const { run, worked, job } = runner('payment', anExhaustedJob());

    await run();

    expect(worked).toHaveLength(1);
    expect(job()).toMatchObject({ status: 'processing', stage: 'order-creation' });
  });

  it('records its end once when two invocations race', async () => {
    const { run, job, jobs } = runner('payment', aJobAt('payment'));

    await Promise.all([run(), run()]);

    expect(jobs.writes).toHaveLength(1);
    expect(job()).toMatchObject({ stage: 'order-creation', version: aJobAt('payment').version + 1 });
  });

  it('follows the refusal when a racing invocation was refused first', async () => {
    const jobs = memoryJobs([aJobAt('payment')]);
    const outrun: Work = async () => {
      jobs.stored.set(jobId, aDeclinedJob());
    };
    const run = createStage('payment', outrun, {
      jobs,
      orders: memoryOrders([anOrderRecord()]),
      clock: () => later(0),
    });

    await run({ jobId, retryCount: 0 });

    expect(jobs.stored.get(jobId)).toEqual(aDeclinedJob());
  });
});

describe('a stage that refuses the order', () => {
  it('fails the job, and is no error of the function where nothing has to be undone', async () => {
    const { run, job } = runner('payment', aJobAt('payment'), declined);

    await expect(run()).resolves.toMatchObject({ jobId });

    expect(job()).toMatchObject({
      status: 'failed',
      error: { code: 'card_declined', stage: 'payment', redrivable: false },
    });
  });

  it('throws it for the state machine, without a stack, where something has to be undone', async () => {
    const { run, job } = runner('order-creation', aJobAt('order-creation'), declined);

    await expect(run()).rejects.toMatchObject({
      name: 'OrderRefused',
      code: 'card_declined',
      stack: 'OrderRefused: The card was declined.',
    });

    expect(job()).toMatchObject({ status: 'processing', outcome: { status: 'failed' } });
  });

  it('records the attempt that was refused', async () => {
    const { run, job } = runner('payment', aJobAt('payment'), declined);

    await run(2);

    expect(stepOf(job(), 'payment')).toMatchObject({ status: 'failed', attempts: 3 });
  });

  it('fails only its step where it is best-effort, and the state machine goes on', async () => {
    const { run, job } = runner('email', aJobAt('email'), declined);

    await expect(run()).resolves.toMatchObject({ jobId });

    expect(job()?.status).toBe('completed');
    expect(stepOf(job(), 'email')?.status).toBe('failed');
  });

  it('lets the next stage begin where it is best-effort and not the last', async () => {
    const table = fourStages.map((row) => ({
      ...row,
      ...(row.name === 'payment' && { bestEffort: true as const }),
    }));
    const { run, job } = runner('payment', aJobAt('payment'), declined, table);

    await run();

    expect(job()).toMatchObject({ status: 'processing', stage: 'order-creation' });
  });
});

describe('a stage that fails technically', () => {
  it('throws the error for a retry and leaves the step in progress', async () => {
    const { run, job } = runner('payment', aJobAt('payment'), broken);

    await expect(run()).rejects.toThrow('The gateway is down.');

    expect(stepOf(job(), 'payment')).toMatchObject({ status: 'in-progress', attempts: 2 });
  });

  it('shows when the next attempt comes at the latest, as the row of the stage says', async () => {
    const { run, job } = runner('payment', aJobAt('payment'), broken);

    await run(0).catch(() => {});
    expect(stepOf(job(), 'payment')?.nextAttemptAt).toBe(later(5_000 + 1_000).toISOString());

    await run(3).catch(() => {});
    expect(stepOf(job(), 'payment')).toMatchObject({
      attempts: 5,
      nextAttemptAt: later(5_000 + 8_000).toISOString(),
    });
  });

  it('announces no attempt after the last one', async () => {
    const { run, job } = runner('payment', aJobAt('payment'), broken);

    await run(40).catch(() => {});

    expect(stepOf(job(), 'payment')).toMatchObject({ status: 'in-progress', attempts: 41 });
    expect(stepOf(job(), 'payment')).not.toHaveProperty('nextAttemptAt');
  });

  it('does not count attempts that were not needed', async () => {
    const { run, job } = runner('payment', aJobAt('payment'));

    await run();

    expect(stepOf(job(), 'payment')).not.toHaveProperty('attempts');
  });

  it('keeps the count of attempts when it completes', async () => {
    const { run, job } = runner('payment', aJobAt('payment'));

    await run(2);

    expect(stepOf(job(), 'payment')).toMatchObject({ status: 'completed', attempts: 3 });
  });

  it('is not a refusal just because of its message', async () => {
    const named: Work = async () => {
      throw new Error('OrderRefused');
    };
    const { run, job } = runner('payment', aJobAt('payment'), named);

    await expect(run()).rejects.toThrow(Error);

    expect(job()?.status).toBe('processing');
  });

  it.each([
    ['succeeded', done],
    ['was refused', declined],
  ])('is tried again when it %s after the job had been given up', async (_, work) => {
    const { run, jobs, job } = runner('payment', aJobAt('payment'), async (order) => {
      // The event about the failure before the redrive arrives late.
      if (job()?.version === aJobAt('payment').version) jobs.stored.set(jobId, anExhaustedJob());
      await work(order);
    });

    await expect(run()).rejects.toThrow('was closed while');
    expect(job()).toEqual(anExhaustedJob());

    await run(1).catch((error) => expect(error).toBeInstanceOf(OrderRefused));
    expect(job()?.error?.redrivable ?? false).toBe(false);
  });

  it('lets the execution go on to the stage that failed, where it was redriven at one that is done', async () => {
    const { run, worked, job } = runner('validation', anExhaustedJob());

    await expect(run()).resolves.toMatchObject({ jobId });

    expect(worked).toEqual([]);
    expect(job()).toEqual(anExhaustedJob());
  });
});

describe('the log of a stage', () => {
  const ids = { requestId: 'request-1', jobId, stage: 'payment' };

  it('has one line about an attempt that failed, with the job, the stage, the attempt and the error', async () => {
    const { run } = runner('payment', aJobAt('payment'), broken);

    const thrown: Error[] = [];

    const lines = await linesOf(() => run(2).catch((error) => thrown.push(error)));

    expect(thrown[0]?.stack).toBe('Error: The gateway is down.');
    expect(lines).toEqual([
      expect.objectContaining({
        ...ids,
        level: 'ERROR',
        attempt: 3,
        error: expect.objectContaining({
          name: 'Error',
          message: 'The gateway is down.',
          stack: expect.stringContaining('.ts:'),
        }),
      }),
    ]);
  });

  it('tells why the attempt failed, even if that could not be recorded', async () => {
    const jobs = memoryJobs([aJobAt('payment')]);
    const change = async (...args: Parameters<typeof jobs.change>) => {
      const unchanged = await jobs.change(args[0], (job) => job);
      if (args[1](unchanged) !== unchanged) throw new Error('The table is down.');
      return unchanged;
    };
    const ports = { orders: memoryOrders([anOrderRecord()]), clock: () => later(0) };
    const stage = createStage('payment', broken, { ...ports, jobs: { ...jobs, change } });

    const lines = await linesOf(() => stage({ jobId, retryCount: 0 }));

    expect(lines).toMatchObject([
      { level: 'WARN', error: { message: 'The table is down.' } },
      { level: 'ERROR', error: { message: 'The gateway is down.' } },
    ]);
  });

  it('has one line about an attempt that failed before its work began', async () => {
    const stage = createStage('payment', done, {
      jobs: memoryJobs(),
      orders: memoryOrders(),
      clock: () => later(0),
    });

    const lines = await linesOf(() => stage({ jobId, retryCount: 0 }, { awsRequestId: 'request-1' }));

    expect(lines).toEqual([expect.objectContaining({ ...ids, level: 'ERROR', attempt: 1 })]);
  });

  it.each([
    ['payment', 'and the job has ended'],
    ['order-creation', 'and something has to be undone'],
  ] as const)('tells of an order that %s refused %s as information, without a stack', async (stage, _) => {
    const { run } = runner(stage, aJobAt(stage), declined);

    const lines = await linesOf(() => run());

    expect(lines.map(({ level }) => level)).toEqual(lines.map(() => 'INFO'));
    expect(lines[0]).toMatchObject({ requestId: 'request-1', jobId, stage, code: 'card_declined' });
    expect(JSON.stringify(lines)).not.toContain('.ts:');
  });
});

describe('the metrics of a stage', () => {
  it('tell how long an attempt took, whether it failed or not', async () => {
    const succeeded = runner('payment', aJobAt('payment'));
    const failed = runner('payment', aJobAt('payment'), broken);

    expect(await metricsOf(() => succeeded.run())).toEqual(['StageDuration payment 0']);
    expect(await metricsOf(() => failed.run())).toEqual(['StageDuration payment 0', 'StageFailed payment 1']);
  });

  it('tell once how long the job waited for its first stage', async () => {
    const { run } = runner('validation', aJob());

    expect(await metricsOf(() => run())).toContain('TimeInQueue 5000');
    expect((await metricsOf(() => run())).join()).not.toContain('TimeInQueue');
  });

  it('count a refusal by its code, and as thrown only if it was', async () => {
    const ended = runner('payment', aJobAt('payment'), declined);
    const undoing = runner('order-creation', aJobAt('order-creation'), declined);

    expect(await metricsOf(() => ended.run())).toEqual([
      'StageDuration payment 0',
      'StageRefused card_declined 1',
    ]);
    expect(await metricsOf(() => undoing.run())).toEqual([
      'StageDuration order-creation 0',
      'StageRefused card_declined 1',
      'SettlementDue order-creation 1',
    ]);
  });
});
