import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { transition } from '../../../../domain/job/transitions.ts';
import { createExecutions } from '../../../../lambdas/adapters/executions.ts';
import { anExhaustedJob, jobId, later } from '../../../support/builders.ts';

const stepFunctions = mockClient(SFNClient);
beforeEach(() => void stepFunctions.reset());

const stateMachineArn = 'arn:aws:states:eu-test-1:000000000000:stateMachine:orders';
const executions = createExecutions({ stateMachineArn });

describe('an execution', () => {
  it('is named by its job and gets nothing but its id', async () => {
    await executions.start(jobId);

    expect(stepFunctions.commandCalls(StartExecutionCommand).map((call) => call.args[0].input)).toEqual([
      { stateMachineArn, name: jobId, input: `{"jobId":"${jobId}"}` },
    ]);
  });

  it('starts harmlessly again', async () => {
    stepFunctions
      .on(StartExecutionCommand)
      .rejects(new ExecutionAlreadyExists({ message: 'exists', $metadata: {} }));

    await expect(executions.start(jobId)).resolves.toBeUndefined();
  });

  it('is not waited for longer than its caller wants', async () => {
    const { signal } = new AbortController();

    await executions.start(jobId, signal);

    const [call] = stepFunctions.commandCalls(StartExecutionCommand);
    expect(call?.args).toEqual([expect.anything(), { abortSignal: signal }]);
  });

  it('passes on what Step Functions says otherwise', async () => {
    stepFunctions.on(StartExecutionCommand).rejects(new Error('throttled'));

    await expect(executions.start(jobId)).rejects.toThrow('throttled');
  });
});

const executionArn = `arn:aws:states:eu-test-1:000000000000:execution:orders:${jobId}`;
const missing = new ExecutionDoesNotExist({ message: 'missing', $metadata: {} });

describe('the execution that undoes a job', () => {
  it('is named after it, and gets nothing but its id', async () => {
    await executions.startSettlement(jobId);

    expect(stepFunctions.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn,
      name: `${jobId}.settlement`,
      input: `{"jobId":"${jobId}"}`,
    });
  });
});

describe('the status of an execution', () => {
  it('is what Step Functions says, and running while a redrive is pending', async () => {
    stepFunctions
      .on(DescribeExecutionCommand, { executionArn })
      .resolves({ status: 'FAILED' })
      .on(DescribeExecutionCommand, { executionArn: `${executionArn}.settlement` })
      .resolves({ status: 'PENDING_REDRIVE' });

    expect(await executions.status(jobId)).toBe('FAILED');
    expect(await executions.settlementStatus(jobId)).toBe('RUNNING');
  });

  it('is absent when it was never started', async () => {
    stepFunctions.on(DescribeExecutionCommand).rejects(missing);

    expect(await executions.status(jobId)).toBeUndefined();
  });
});

describe('a redrive', () => {
  const undoing = transition(anExhaustedJob(), { type: 'cancel-requested' }, later(1));
  const redriven = () =>
    stepFunctions.commandCalls(RedriveExecutionCommand).map((call) => call.args[0].input);

  it('resumes the execution of the job', async () => {
    expect(await executions.redrive(anExhaustedJob())).toBe(true);

    expect(redriven()).toEqual([{ executionArn }]);
  });

  it('resumes the one that undoes it, where there is one', async () => {
    stepFunctions.on(DescribeExecutionCommand).resolves({ status: 'FAILED' });

    expect(await executions.redrive(undoing)).toBe(true);

    expect(redriven()).toEqual([{ executionArn: `${executionArn}.settlement` }]);
  });

  it('resumes the execution of the job where that was undoing it itself', async () => {
    stepFunctions.on(DescribeExecutionCommand).rejects(missing);

    await executions.redrive(undoing);

    expect(redriven()).toEqual([{ executionArn }]);
  });

  it.each([
    ['is not redrivable', new ExecutionNotRedrivable({ message: 'no', $metadata: {} })],
    ['is gone', missing],
  ])('says so when the execution %s', async (_, error) => {
    stepFunctions.on(RedriveExecutionCommand).rejects(error);

    expect(await executions.redrive(anExhaustedJob())).toBe(false);
  });
});
