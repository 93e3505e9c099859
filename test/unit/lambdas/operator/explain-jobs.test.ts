import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../../domain/job/job.ts';
import { NotFound } from '../../../../domain/protocol/errors.ts';
import { createExplainJobs } from '../../../../lambdas/operator/explain-jobs.ts';
import { anExhaustedJob, anOrderRecord, jobId, now, orderId } from '../../../support/builders.ts';
import { memoryJobs, memoryOrders } from '../../../support/fakes.ts';

const report = (name: string) => ({
  name,
  arn: `arn:${name}`,
  url: `https://console/${name}`,
  status: 'FAILED',
  startedAt: now.toISOString(),
  redrives: 0,
  failedAttempts: [],
});

function setUp(
  job: Job = anExhaustedJob(),
  executions: readonly string[] = [jobId],
  expressStateMachineArn?: string,
) {
  const asked: unknown[] = [];
  const explain = createExplainJobs({
    jobs: memoryJobs([job]),
    orders: memoryOrders([anOrderRecord({ reference: 'A-7' })]),
    executionReports: { read: async (name) => (executions.includes(name) ? report(name) : undefined) },
    jobLogs: {
      async read(...args) {
        asked.push(args);
        return { lines: [], isComplete: true };
      },
    },
    clock: () => now,
    expressStateMachineArn,
  });
  return { ...explain, asked };
}

describe('a job that is shown', () => {
  it('comes with its owner and with what was ordered', async () => {
    expect(await setUp().show({ action: 'show', jobId })).toMatchObject({
      job: { jobId, owner: 'ada', status: 'failed', error: { redrivable: true } },
      order: { orderId, items: 1, total: 3998, currency: 'EUR' },
    });
  });

  it('shows no ticket and no personal data', async () => {
    const shown = JSON.stringify(await setUp().show({ action: 'show', jobId }));

    expect(shown).not.toMatch(/ada@example|A-7|tok_|a-ticket/);
  });
});

describe('a job that is explained', () => {
  it("comes with the reports of its own execution and of each settlement's", async () => {
    const job = { ...anExhaustedJob(), settlement: 2 };
    const names = [jobId, `${jobId}-settlement-1`, `${jobId}-settlement-2`];

    const { executions } = await setUp(job, names).why({ action: 'why', jobId });

    expect(executions).toEqual(names.map(report));
  });

  it('comes without executions that were never started', async () => {
    expect((await setUp().why({ action: 'why', jobId })).executions).toEqual([report(jobId)]);
    expect((await setUp(anExhaustedJob(), []).why({ action: 'why', jobId })).executions).toEqual([]);
  });

  it('comes with the console of the Express state machine, if orders begin in one', async () => {
    const arn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:Express';

    expect(await setUp().why({ action: 'why', jobId })).not.toHaveProperty('express');
    expect(await setUp(anExhaustedJob(), [], arn).why({ action: 'why', jobId })).toMatchObject({
      express: `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/${arn}`,
    });
  });
});

it('the logs of a job are searched from its acceptance on', async () => {
  const { logs, asked } = setUp();

  await logs({ action: 'logs', jobId });

  expect(asked).toEqual([[jobId, now]]);
});

it('a job that does not exist is refused by each', async () => {
  const { show, why, logs } = setUp();
  const missing = jobId.replace(/1$/, '2');

  await expect(show({ action: 'show', jobId: missing })).rejects.toThrow(NotFound);
  await expect(why({ action: 'why', jobId: missing })).rejects.toThrow(NotFound);
  await expect(logs({ action: 'logs', jobId: missing })).rejects.toThrow(NotFound);
});
