import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transition } from '../../../../domain/job/transitions.ts';
import { createExecutions } from '../../../../lambdas/adapters/executions.ts';
import type { Executions } from '../../../../lambdas/ports/executions.ts';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServiceStub,
  startAwsService,
} from '../../../support/aws-service.ts';
import { anExhaustedJob, jobId, later } from '../../../support/builders.ts';

let stepFunctions: AwsServiceStub;
let executions: Executions;
const stateMachineArn = 'arn:aws:states:eu-test-1:000000000000:stateMachine:orders';
beforeAll(async () => {
  stepFunctions = await startAwsService();
  executions = createExecutions({ stateMachineArn });
});
afterAll(() => stepFunctions.stop());

const executionArn = `arn:aws:states:eu-test-1:000000000000:execution:orders:${jobId}`;
const settlementArn = `${executionArn}.settlement`;
const missing = new AwsRefusal('ExecutionDoesNotExist');

const called = (operation: string) =>
  stepFunctions.requests.filter((request) => request.operation === operation).map(({ input }) => input);

/** Executions by their ARN: those that are redriven say what the redrive is answered. */
const answerWith =
  (statuses: Record<string, string>, redrive: object = {}) =>
  ({ operation, input }: AwsRequest) => {
    if (operation === 'RedriveExecution') return redrive;
    const { executionArn: asked } = input as { readonly executionArn: string };
    return asked in statuses ? { status: statuses[asked] } : missing;
  };

describe.each([
  ['an execution', jobId, () => executions.start(jobId)],
  ['the execution that undoes a job', `${jobId}.settlement`, () => executions.startSettlement(jobId)],
])('%s', (_, name, start) => {
  it('is named after its job and gets nothing but its id', async () => {
    stepFunctions.answer(() => ({}));

    await start();

    expect(called('StartExecution')).toEqual([{ stateMachineArn, name, input: JSON.stringify({ jobId }) }]);
  });

  it('starts harmlessly again', async () => {
    stepFunctions.answer(() => new AwsRefusal('ExecutionAlreadyExists'));

    await expect(start()).resolves.toBeUndefined();
  });

  it('fails to start with what Step Functions says otherwise', async () => {
    stepFunctions.answer(() => new AwsRefusal('StateMachineDoesNotExist'));

    await expect(start()).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});

it('the start of an execution is not waited for once its caller has given up', async () => {
  const caller = new AbortController();
  stepFunctions.answer(() => {
    caller.abort();
    return new Promise(() => {});
  });

  await expect(executions.start(jobId, caller.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

describe('the status of an execution', () => {
  it('is what Step Functions says, and running while a redrive is pending', async () => {
    stepFunctions.answer(answerWith({ [executionArn]: 'FAILED', [settlementArn]: 'PENDING_REDRIVE' }));

    expect(await executions.status(jobId)).toBe('FAILED');
    expect(await executions.settlementStatus(jobId)).toBe('RUNNING');
  });

  it('is absent when it was never started', async () => {
    stepFunctions.answer(answerWith({}));

    expect(await executions.status(jobId)).toBeUndefined();
    expect(await executions.settlementStatus(jobId)).toBeUndefined();
  });
});

describe('a redrive', () => {
  const undoing = transition(anExhaustedJob(), { type: 'cancel-requested' }, later(1));

  it('resumes the execution of the job', async () => {
    stepFunctions.answer(answerWith({ [executionArn]: 'FAILED' }));

    expect(await executions.redrive(anExhaustedJob())).toBe(true);

    expect(called('RedriveExecution')).toMatchObject([{ executionArn }]);
  });

  it('resumes the one that undoes it, where there is one', async () => {
    stepFunctions.answer(answerWith({ [executionArn]: 'FAILED', [settlementArn]: 'FAILED' }));

    expect(await executions.redrive(undoing)).toBe(true);

    expect(called('RedriveExecution')).toMatchObject([{ executionArn: settlementArn }]);
  });

  it('resumes the execution of the job where that was undoing it itself', async () => {
    stepFunctions.answer(answerWith({ [executionArn]: 'FAILED' }));

    await executions.redrive(undoing);

    expect(called('RedriveExecution')).toMatchObject([{ executionArn }]);
  });

  it.each([
    ['is not redrivable', new AwsRefusal('ExecutionNotRedrivable')],
    ['is gone', missing],
  ])('says so when the execution %s', async (_, refusal) => {
    stepFunctions.answer(answerWith({}, refusal));

    expect(await executions.redrive(anExhaustedJob())).toBe(false);
  });
});
