import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { transition } from '../../../../domain/job/transitions.ts';
import { createReconcile } from '../../../../lambdas/housekeeping/reconcile.ts';
import type { AwaitedRetry, ExecutionStatus } from '../../../../lambdas/ports/executions.ts';
import { metrics } from '../../../../lambdas/runtime/telemetry.ts';
import { createEnsureSettlement } from '../../../../lambdas/settlement/ensure-settlement.ts';
import {
  aCompletedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  later,
  orderId,
} from '../../../support/builders.ts';
import { memoryExecutions } from '../../../support/fake-services.ts';
import { memoryJobs, memoryOrders } from '../../../support/fakes.ts';
import { metricsOf } from '../../../support/metrics.ts';

const event = { detail: { name: jobId } };
const undoing = (): Job => transition(anExhaustedJob(), { type: 'cancel-requested' }, later(100));

function setUp(
  present: readonly Job[],
  execution?: ExecutionStatus,
  settlement?: ExecutionStatus,
  { at = later(600_000), retry }: { readonly at?: Date; readonly retry?: AwaitedRetry } = {},
) {
  const jobs = memoryJobs(present);
  const orders = memoryOrders();
  const executions = memoryExecutions([], {
    ...(execution && { executions: { [jobId]: execution } }),
    ...(settlement && { settlements: { [jobId]: settlement } }),
    ...(retry && { retry }),
  });
  const clock = () => at;
  const reconcile = createReconcile({
    jobs,
    openJobs: jobs,
    orders,
    executions,
    ensureSettlement: createEnsureSettlement({ jobs, executions, clock }),
    clock,
    patienceMs: 60_000,
  });
  return { reconcile, jobs, orders, executions, job: () => jobs.stored.get(jobId) };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the reconciliation of a job', () => {
  it('starts what was never started', async () => {
    const { reconcile, executions, jobs } = setUp([aJob()]);

    await reconcile(event);

    expect(executions.started).toEqual([jobId]);
    expect(jobs.writes).toEqual([]);
  });

  it('cancels a job that was stopped before it began', async () => {
    const { reconcile, executions, job } = setUp([aJob()], 'ABORTED');

    await reconcile(event);

    expect(executions.started).toEqual([]);
    expect(job()).toMatchObject({ status: 'cancelled', error: { code: 'stopped' } });
  });

  it('shows that the first stage is being retried whose function cannot be invoked', async () => {
    const retry = { state: 'Validate order', attempts: 2, failedAt: later(598_000) };
    const { reconcile, job } = setUp([aJob()], 'RUNNING', undefined, { retry });

    await reconcile(event);

    expect(job()?.steps[0]).toMatchObject({ name: 'validation', status: 'in-progress', attempts: 3 });
  });

  it('leaves alone what is running, whatever the event said', async () => {
    const { reconcile, executions, jobs } = setUp([aJobAt('payment')], 'RUNNING');

    await reconcile(event);

    expect([...executions.started, ...executions.settled, ...jobs.writes]).toEqual([]);
  });

  it('fails a job whose retries are used up, so that it can be redriven', async () => {
    const { reconcile, executions, job } = setUp([aJobAt('payment')], 'FAILED');

    await reconcile(event);

    expect(job()).toMatchObject({ status: 'failed', error: { stage: 'payment', redrivable: true } });
    expect(executions.settled).toEqual([]);
  });

  it('keeps the order of a job that can be redriven for as long as the job', async () => {
    const { reconcile, orders, job } = setUp([aJobAt('payment')], 'FAILED');

    await reconcile(event);

    expect(orders.kept.get(orderId)?.toISOString()).toBe(job()?.expiresAt);
  });

  it('shows that a stage is being retried whose function recorded nothing', async () => {
    const retry = { state: 'Take payment', attempts: 3, failedAt: later(598_000) };
    const { reconcile, job } = setUp([aJobAt('payment')], 'RUNNING', undefined, { retry });

    await reconcile(event);

    // Pauses of one, two and four seconds.
    const nextAttemptAt = later(602_000).toISOString();
    expect(job()?.steps[1]).toMatchObject({ status: 'in-progress', attempts: 4, nextAttemptAt });
  });

  it('does not count an attempt twice that the stage recorded itself', async () => {
    const nextAttemptAt = later(602_000);
    const waiting = transition(
      aJobAt('payment'),
      { type: 'attempt-failed', stage: 'payment', attempt: 3, nextAttemptAt },
      later(598_000),
    );
    const retry = { state: 'Take payment', attempts: 3, failedAt: later(598_001) };
    const { reconcile, jobs } = setUp([waiting], 'RUNNING', undefined, { retry });

    await reconcile(event);

    expect(jobs.writes).toEqual([]);
  });

  it('counts what waits for an operator, and only that', async () => {
    const counted = jest.spyOn(metrics, 'addMetric');

    await setUp([aJobAt('payment')], 'FAILED').reconcile(event);
    await setUp([aJobAt('payment')], 'ABORTED').reconcile(event);

    expect(counted.mock.calls).toEqual([['RedrivableFailure', 'Count', 1]]);
  });

  it('counts what could not be undone', async () => {
    const counted = jest.spyOn(metrics, 'addMetric');

    await setUp([undoing()], 'FAILED', 'FAILED').reconcile(event);

    expect(counted.mock.calls).toEqual([['CompensationFailed', 'Count', 1]]);
  });

  it.each<[ExecutionStatus, string, string]>([
    ['ABORTED', 'cancelled', 'stopped'],
    ['TIMED_OUT', 'failed', 'timed_out'],
    ['SUCCEEDED', 'failed', 'processing_lost'],
  ])('undoes a job whose execution ended %s, so that it ends %s', async (status, outcome, code) => {
    const { reconcile, executions, job } = setUp([aJobAt('order-creation')], status);

    await reconcile(event);

    expect(job()).toMatchObject({ status: 'processing', outcome: { status: outcome, error: { code } } });
    expect(executions.settled).toEqual([jobId]);
  });

  it('starts the undoing that was asked for and never started', async () => {
    const { reconcile, executions } = setUp([undoing()], 'FAILED');

    await reconcile(event);

    expect(executions.settled).toEqual([jobId]);
  });

  it('leaves an undoing alone that is running', async () => {
    const { reconcile, executions, jobs } = setUp([undoing()], 'FAILED', 'RUNNING');

    await reconcile(event);

    expect([...executions.settled, ...jobs.writes]).toEqual([]);
  });

  it('is never silent about an undoing that failed', async () => {
    const { reconcile, job } = setUp([undoing()], 'FAILED', 'FAILED');

    await reconcile(event);

    expect(job()).toMatchObject({
      status: 'failed',
      error: { code: 'compensation_failed', redrivable: true },
    });
  });

  it('finds the job of the execution that undoes it', async () => {
    const { reconcile, job } = setUp([undoing()], 'FAILED', 'TIMED_OUT');

    await reconcile({ detail: { name: `${jobId}-settlement-1` } });

    expect(job()?.status).toBe('failed');
  });

  it.each([
    ['has ended', [aCompletedJob()]],
    ['is unknown', []],
  ])('does nothing when the job %s', async (_, present) => {
    const { reconcile, executions, jobs } = setUp(present, 'FAILED');

    await reconcile(event);

    expect([...executions.started, ...executions.settled, ...jobs.writes]).toEqual([]);
  });

  it('says nothing of AWS to the client', async () => {
    const { reconcile, job } = setUp([aJobAt('payment')], 'FAILED');

    await reconcile(event);

    expect(job()?.error?.message).not.toMatch(/lambda|arn:|execution|aws/i);
  });
});

describe('a failure that nobody redrove in time', () => {
  const failed = anExhaustedJob();
  const at = new Date(Date.parse(failed.error?.redrivableUntil ?? '') + 120_000);

  it('is undone by the sweep', async () => {
    const { reconcile, executions, job } = setUp([failed], 'FAILED', undefined, { at });

    await reconcile({});

    expect(job()).toMatchObject({
      status: 'processing',
      outcome: { status: 'failed', error: { code: 'stage_failed', redrivable: false } },
    });
    expect(executions.settled).toEqual([jobId]);
  });

  it('is final at once if nothing has to be undone', async () => {
    const nothing = transition(
      aJobAt('validation'),
      { type: 'stage-exhausted', stage: 'validation', reason: { code: 'stage_failed', message: 'Failed.' } },
      later(30),
    );
    const { reconcile, executions, job } = setUp([nothing], 'FAILED', undefined, { at });

    await reconcile({});

    expect(job()).toMatchObject({ status: 'failed', error: { redrivable: false } });
    expect(job()?.error).not.toHaveProperty('redrivableUntil');
    expect(executions.settled).toEqual([]);
  });

  it('is undone once more if undoing it had failed', async () => {
    const reason = { code: 'compensation_failed', message: 'It could not be undone.' };
    const stuck = transition(undoing(), { type: 'compensation-failed', reason }, later(200));
    const { reconcile, executions, job } = setUp([stuck], 'FAILED', 'FAILED', { at });

    await reconcile({});

    expect(job()).toMatchObject({ status: 'processing', outcome: { status: 'cancelled' } });
    expect(executions.settled).toEqual([`${jobId} 2`]);
  });

  it('is left alone before', async () => {
    const { reconcile, jobs } = setUp([failed], 'FAILED');

    await reconcile({});
    await reconcile(event);

    expect(jobs.writes).toEqual([]);
  });
});

describe('what the sweep measures', () => {
  it('is how many jobs it looks at, and the age of the oldest that has not begun', async () => {
    const { reconcile } = setUp(
      [aJob(), { ...aJobAt('payment'), jobId: jobId.replace(/.$/, '2') }],
      'RUNNING',
    );

    expect(await metricsOf(() => reconcile({}))).toEqual(
      expect.arrayContaining(['SweepBacklog 2', 'OldestQueuedJob 600']),
    );
  });

  it('is how many jobs wait for a redrive, and since when the first to expire has failed', async () => {
    const first = anExhaustedJob();
    const failedLater = transition(
      aJobAt('payment'),
      { type: 'stage-exhausted', stage: 'payment', reason: { code: 'stage_failed', message: 'm' } },
      later(500_000),
    );
    const { reconcile } = setUp([{ ...failedLater, jobId: jobId.replace(/.$/, '2') }, first], 'FAILED');
    const age = (later(600_000).getTime() - Date.parse(first.updatedAt)) / 1000;

    expect(await metricsOf(() => reconcile({}))).toEqual(
      expect.arrayContaining(['RedrivableJobs 2', `RedrivableAge ${age}`]),
    );
  });

  it('is zero, not nothing, when all is well: a missing value means that no sweep ran', async () => {
    const { reconcile } = setUp([aCompletedJob()]);

    expect(await metricsOf(() => reconcile({}))).toEqual([
      'RedrivableJobs 0',
      'RedrivableAge 0',
      'SweepBacklog 0',
      'OldestQueuedJob 0',
    ]);
  });
});

describe('the sweep', () => {
  const idOf = (n: number) => jobId.replace(/.$/, String(n));

  it('looks after every open job that is old enough', async () => {
    const young = aJob({ jobId: idOf(2), createdAt: later(590_000).toISOString() });
    const { reconcile, executions } = setUp([aJob(), young, { ...aCompletedJob(), jobId: idOf(3) }]);

    await reconcile({});

    expect(executions.started).toEqual([jobId]);
  });

  it.each<[string, Partial<Job>]>([
    ['has just changed', { updatedAt: later(590_000).toISOString() }],
    [
      'waits for its next attempt',
      {
        steps: aJobAt('payment').steps.map((step) =>
          step.name === 'payment' ? { ...step, nextAttemptAt: later(610_000).toISOString() } : step,
        ),
      },
    ],
  ])('asks nothing about a job that %s', async (_, changes) => {
    const { reconcile, jobs } = setUp([{ ...aJobAt('payment'), ...changes }], 'FAILED');

    await reconcile({});

    expect(jobs.writes).toEqual([]);
  });

  /** A sweep of three jobs that have not begun, two of them in one part. */
  function ofThree(start: (id: string) => Promise<Date>) {
    const jobs = memoryJobs([1, 3, 2].map((n) => aJob({ jobId: idOf(n) })));
    const executions = memoryExecutions();
    const status = async (): Promise<never> => {
      throw new Error('Nothing has to be asked.');
    };
    return createReconcile({
      jobs,
      openJobs: jobs,
      orders: memoryOrders(),
      executions: { ...executions, start, status },
      ensureSettlement: async (job) => job,
      clock: () => later(600_000),
      patienceMs: 0,
    });
  }

  it("goes on after one job's trouble, and reports it in the end", async () => {
    const started: string[] = [];
    const reconcile = ofThree(async (id) => {
      if (id === idOf(1)) throw new Error('throttled');
      started.push(id);
      return later(600_000);
    });

    await expect(reconcile({})).rejects.toThrow('Failed to reconcile 1 jobs');

    expect(started.sort()).toEqual([idOf(2), idOf(3)]);
  });

  it('starts a backlog side by side, the oldest of each part first', async () => {
    const started: string[] = [];
    const both = Promise.withResolvers<void>();
    const reconcile = ofThree(async (id) => {
      started.push(id);
      if (started.length === 2) both.resolve();
      await both.promise;
      return later(600_000);
    });

    await reconcile({});

    expect(started.slice(0, 2).sort()).toEqual([idOf(1), idOf(2)]);
    expect(started).toHaveLength(3);
  });

  it('leaves to the next one what it has no time for, and still writes its metrics', async () => {
    const started: string[] = [];
    const reconcile = ofThree(async (id) => {
      started.push(id);
      return later(600_000);
    });
    const getRemainingTimeInMillis = () => (started.length < 1 ? 60_000 : 1_000);

    const written = await metricsOf(() => reconcile({}, { getRemainingTimeInMillis }));

    // One of each part.
    expect(started).toHaveLength(2);
    expect(written).toContain('SweepBacklog 2');
  });
});
