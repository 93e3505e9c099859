import { expect, it } from '@jest/globals';
import { createCancelJob } from '../../../../lambdas/commands/cancel-job.ts';
import { createRedriveJob } from '../../../../lambdas/commands/redrive-job.ts';
import { createChangeJobs } from '../../../../lambdas/operator/change-jobs.ts';
import { aCompletedJob, aJob, anExhaustedJob, jobId, later } from '../../../support/builders.ts';
import { memoryExecutions } from '../../../support/fake-services.ts';
import { memoryJobs } from '../../../support/fakes.ts';

const idOf = (n: number) => `${jobId.slice(0, -1)}${n}`;
const missing = idOf(9);

function setUp() {
  const jobs = memoryJobs([
    { ...anExhaustedJob(), jobId: idOf(1), owner: 'grace' },
    { ...aCompletedJob(), jobId: idOf(2) },
    aJob({ jobId: idOf(3) }),
  ]);
  const executions = memoryExecutions([], { executions: { [idOf(1)]: 'FAILED' } });
  const ports = { jobs, executions, clock: () => later(1_000) };
  return { jobs, executions, ports };
}

it('operators cancel jobs of any owner, and learn what became of each', async () => {
  const { jobs, executions, ports } = setUp();
  const cancel = createChangeJobs({ jobs, change: createCancelJob(ports) });

  const { results } = await cancel({ jobIds: [idOf(1), idOf(2), missing, idOf(3)] });

  expect(results).toEqual([
    { jobId: idOf(1), status: 'processing' },
    { jobId: idOf(2), refusal: 'The job has already ended as completed.' },
    { jobId: missing, refusal: expect.stringContaining('There is no job') },
    { jobId: idOf(3), status: 'queued' },
  ]);
  expect(executions.settled).toEqual([idOf(1)]);
  expect(jobs.stored.get(idOf(3))).toMatchObject({ cancelling: true });
});

it('operators redrive jobs of any owner', async () => {
  const { jobs, executions, ports } = setUp();
  const redrive = createChangeJobs({ jobs, change: createRedriveJob(ports) });

  const { results } = await redrive({ jobIds: [idOf(1), idOf(2)] });

  expect(results).toEqual([
    { jobId: idOf(1), status: 'processing' },
    { jobId: idOf(2), refusal: expect.stringContaining('Only a redrivable failure') },
  ]);
  expect(executions.redriven).toEqual([idOf(1)]);
});

it('a failure at one job is reported and does not affect the others', async () => {
  const { jobs, executions, ports } = setUp();
  executions.redrive = async () => {
    throw new Error('Step Functions is down.');
  };
  const redrive = createChangeJobs({ jobs, change: createRedriveJob({ ...ports, executions }) });

  const { results } = await redrive({ jobIds: [idOf(1), idOf(2)] });

  expect(results[0]?.refusal).toContain('Step Functions is down.');
  expect(results[1]?.refusal).toContain('Only a redrivable failure');
});
