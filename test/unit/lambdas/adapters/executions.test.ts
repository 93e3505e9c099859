import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createExecutions } from '../../../../lambdas/adapters/executions.ts';
import type { Executions } from '../../../../lambdas/ports/executions.ts';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServiceStub,
  startAwsService,
} from '../../../support/aws-service.ts';
import { jobId } from '../../../support/builders.ts';

let stepFunctions: AwsServiceStub;
let executions: Executions;
const stateMachineArn = 'arn:aws:states:eu-test-1:000000000000:stateMachine:orders';
beforeAll(async () => {
  stepFunctions = await startAwsService();
  executions = createExecutions({ stateMachineArn });
});
afterAll(() => stepFunctions.stop());

const executionArn = `arn:aws:states:eu-test-1:000000000000:execution:orders:${jobId}`;
const settlementArn = `${executionArn}-settlement-1`;
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
  ['the execution that settles a job', `${jobId}-settlement-1`, () => executions.startSettlement({ jobId })],
  [
    'the execution that settles a job once more',
    `${jobId}-settlement-2`,
    () => executions.startSettlement({ jobId, settlement: 2 }),
  ],
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

it('a start says when the execution began, also when it is repeated', async () => {
  stepFunctions.answer(() => ({ startDate: 1_768_923_000 }));

  expect(await executions.start(jobId)).toEqual(new Date(1_768_923_000_000));
});

describe('a start that Step Functions throttles', () => {
  const throttled = new AwsRefusal('ThrottlingException');

  it('is tried again', async () => {
    stepFunctions.answer(() => (stepFunctions.requests.length === 1 ? throttled : {}));

    await executions.start(jobId);

    expect(stepFunctions.requests).toHaveLength(2);
  });

  it('is given up at once where a client waits, unlike one that got no answer', async () => {
    const hasty = createExecutions({ stateMachineArn, whenThrottled: 'give-up' });
    stepFunctions.answer(() => (stepFunctions.requests.length === 1 ? 'lost' : throttled));

    await expect(hasty.start(jobId)).rejects.toMatchObject({ name: 'ThrottlingException' });

    expect(stepFunctions.requests).toHaveLength(2);
  });

  it('slows down those that follow where a backlog is started', async () => {
    const paced = createExecutions({ stateMachineArn, whenThrottled: 'pace' });
    stepFunctions.answer(() => (stepFunctions.requests.length === 1 ? throttled : {}));
    await paced.start(jobId);
    stepFunctions.answer(() => new Promise((resolve) => setTimeout(() => resolve({}), 200)));

    const following = [paced.start(jobId), paced.start(jobId)];
    await Promise.race(following);

    expect(stepFunctions.requests).toHaveLength(1);
    await Promise.all(following);
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
    expect(await executions.settlementStatus({ jobId })).toBe('RUNNING');
    expect(await executions.settlementStatus({ jobId, settlement: 2 })).toBeUndefined();
  });

  it('is absent when it was never started', async () => {
    stepFunctions.answer(answerWith({}));

    expect(await executions.status(jobId)).toBeUndefined();
    expect(await executions.settlementStatus({ jobId })).toBeUndefined();
  });
});

describe('a redrive', () => {
  it('resumes the execution of the job', async () => {
    stepFunctions.answer(answerWith({ [executionArn]: 'FAILED' }));

    expect(await executions.redrive(jobId)).toBe(true);

    expect(called('RedriveExecution')).toMatchObject([{ executionArn }]);
  });

  it('succeeds if an earlier call, whose response was lost, resumed the execution', async () => {
    stepFunctions.answer(answerWith({ [executionArn]: 'RUNNING' }, new AwsRefusal('ExecutionNotRedrivable')));

    expect(await executions.redrive(jobId)).toBe(true);
  });

  it.each([
    ['is not redrivable', new AwsRefusal('ExecutionNotRedrivable')],
    ['is gone', missing],
  ])('reports that the execution %s', async (_, refusal) => {
    stepFunctions.answer(answerWith({ [executionArn]: 'SUCCEEDED' }, refusal));

    expect(await executions.redrive(jobId)).toBe(false);
  });
});

describe('an awaited retry', () => {
  const entered = { type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'Take payment' } };
  const scheduled = { type: 'TaskScheduled' };
  const failed = { type: 'TaskFailed', timestamp: 1_768_923_000 };
  const timedOut = { type: 'TaskTimedOut', timestamp: 1_768_923_001 };
  /** Events, the oldest first. */
  const history = (...events: object[]) => stepFunctions.answer(() => ({ events: events.reverse() }));

  it('has the state, the number of failed attempts and the time of the last failure', async () => {
    history({ type: 'ExecutionStarted' }, entered, scheduled, failed, scheduled, timedOut);

    expect(await executions.awaitedRetry(jobId)).toEqual({
      state: 'Take payment',
      attempts: 2,
      failedAt: new Date(1_768_923_001_000),
    });
    expect(called('GetExecutionHistory')).toMatchObject([{ executionArn, reverseOrder: true }]);
  });

  it('counts the attempts since the last redrive', async () => {
    history(entered, scheduled, failed, { type: 'ExecutionRedriven' }, scheduled, timedOut);

    expect(await executions.awaitedRetry(jobId)).toMatchObject({ state: 'Take payment', attempts: 1 });
  });

  it('is absent while an attempt is running', async () => {
    history(entered, scheduled, failed, scheduled);

    expect(await executions.awaitedRetry(jobId)).toBeUndefined();
  });
});

it('a trace goes on from the function into the execution that it starts', async () => {
  stepFunctions.answer(() => ({}));
  const before = { ...process.env };
  const _X_AMZN_TRACE_ID = 'Root=1-6b0a1876-1cd19dcbc3620c10b2a30d87;Parent=53995c3f42cd8ad8;Sampled=1';
  // As Lambda sets them.
  Object.assign(process.env, { AWS_LAMBDA_FUNCTION_NAME: 'accept', _X_AMZN_TRACE_ID });

  await executions.start(jobId);

  process.env = before;
  expect(stepFunctions.requests.map(({ traceId }) => traceId)).toEqual([_X_AMZN_TRACE_ID]);
});

it('executions start through an alias, which is no part of their own ARN', async () => {
  const alias = `${stateMachineArn}:live`;
  stepFunctions.answer(answerWith({ [executionArn]: 'RUNNING' }));
  const throughAlias = createExecutions({ stateMachineArn: alias });

  await throughAlias.redrive(jobId);

  expect(await throughAlias.status(jobId)).toBe('RUNNING');
  expect(called('RedriveExecution')).toMatchObject([{ executionArn }]);

  stepFunctions.answer(() => ({}));
  await throughAlias.start(jobId);

  expect(called('StartExecution')).toMatchObject([{ stateMachineArn: alias }]);
});
