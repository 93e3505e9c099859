import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createExecutionReports } from '../../../../lambdas/adapters/execution-reports.ts';
import type { ExecutionReports } from '../../../../lambdas/ports/execution-reports.ts';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServiceStub,
  startAwsService,
} from '../../../support/aws-service.ts';
import { jobId } from '../../../support/builders.ts';

let stepFunctions: AwsServiceStub;
let reports: ExecutionReports;
beforeAll(async () => {
  stepFunctions = await startAwsService();
  reports = createExecutionReports({
    stateMachineArn: 'arn:aws:states:eu-test-1:000000000000:stateMachine:orders',
  });
});
afterAll(() => stepFunctions.stop());

const executionArn = `arn:aws:states:eu-test-1:000000000000:execution:orders:${jobId}`;
const [began, failedAt, ended] = [1_768_923_000, 1_768_923_001, 1_768_923_002];
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** Answers with a description, and with one page of the history after the other. */
const answerWith = (description: object, ...pages: readonly object[][]) =>
  stepFunctions.answer(({ operation, input }: AwsRequest) => {
    if (operation === 'DescribeExecution') return { executionArn, startDate: began, ...description };
    const { nextToken = '0' } = input as { readonly nextToken?: string };
    const next = Number(nextToken) + 1;
    return { events: pages[next - 1], ...(next < pages.length && { nextToken: String(next) }) };
  });

const entered = (name: string) => ({ type: 'TaskStateEntered', stateEnteredEventDetails: { name } });
const failed = (error: string, cause?: string) => ({
  type: 'TaskFailed',
  timestamp: failedAt,
  taskFailedEventDetails: { error, cause },
});

describe('the report of an execution', () => {
  it('tells when and how it ended, and where the console shows it', async () => {
    answerWith(
      { status: 'ABORTED', stopDate: ended, redriveCount: 2, error: 'Stopped', cause: 'by hand' },
      [],
    );

    expect(await reports.read(jobId)).toEqual({
      name: jobId,
      arn: executionArn,
      url: expect.stringContaining(
        `eu-test-1.console.aws.amazon.com/states/home?region=eu-test-1#/v2/executions/details/${executionArn}`,
      ),
      status: 'ABORTED',
      startedAt: iso(began),
      endedAt: iso(ended),
      redrives: 2,
      end: { error: 'Stopped', cause: 'by hand' },
      failedAttempts: [],
    });
  });

  it('lists the failed attempts with their state and the message of the function', async () => {
    answerWith({ status: 'RUNNING' }, [
      entered('Validate order'),
      entered('Take payment'),
      failed('Error', JSON.stringify({ errorType: 'Error', errorMessage: 'Stripe is down.', trace: [] })),
      { type: 'TaskTimedOut', timestamp: failedAt, taskTimedOutEventDetails: { error: 'States.Timeout' } },
      failed('Lambda.Unknown', 'not JSON'),
    ]);

    expect((await reports.read(jobId))?.failedAttempts).toEqual([
      { state: 'Take payment', at: iso(failedAt), error: 'Error', cause: 'Stripe is down.' },
      { state: 'Take payment', at: iso(failedAt), error: 'States.Timeout', cause: '' },
      { state: 'Take payment', at: iso(failedAt), error: 'Lambda.Unknown', cause: 'not JSON' },
    ]);
  });

  it('reads every page of the history and shows the latest hundred attempts', async () => {
    const attempts = Array.from({ length: 60 }, (_, n) => failed(`E${n}`));
    answerWith({ status: 'FAILED' }, [entered('Take payment'), ...attempts], [...attempts, failed('last')]);

    const { failedAttempts = [] } = (await reports.read(jobId)) ?? {};

    expect(failedAttempts).toHaveLength(100);
    expect(failedAttempts.at(-1)).toMatchObject({ state: 'Take payment', error: 'last' });
  });

  it('is absent when it was never started', async () => {
    stepFunctions.answer(() => new AwsRefusal('ExecutionDoesNotExist'));

    expect(await reports.read(jobId)).toBeUndefined();
  });

  it('fails with what Step Functions says otherwise', async () => {
    stepFunctions.answer(() => new AwsRefusal('InvalidArn'));

    await expect(reports.read(jobId)).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});
