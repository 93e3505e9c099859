import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createExecutions } from '../../../../lambdas/adapters/executions.ts';
import { jobId } from '../../../support/builders.ts';

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

  it('passes on what Step Functions says otherwise', async () => {
    stepFunctions.on(StartExecutionCommand).rejects(new Error('throttled'));

    await expect(executions.start(jobId)).rejects.toThrow('throttled');
  });
});
