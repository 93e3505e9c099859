import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { logger } from '../../../../lambdas/runtime/telemetry.ts';
import { withRequestId } from '../../../../lambdas/runtime/with-request-id.ts';
import { linesOf } from '../../../support/logs.ts';

const handler = withRequestId(async (_: object) => {
  logger.info('Working');
});
afterEach(() => {
  jest.useRealTimers();
});

const context = { awsRequestId: 'lambda-1' };

describe('a line that a function logs', () => {
  it("carries the id of the API's request, which the client has", async () => {
    const event = { requestContext: { requestId: 'api-1' } };

    expect(await linesOf(() => handler(event, context))).toMatchObject([{ requestId: 'api-1' }]);
  });

  it("carries Lambda's request id where no API called", async () => {
    expect(await linesOf(() => handler({}, context))).toMatchObject([{ requestId: 'lambda-1' }]);
  });

  it('carries nothing of the invocation before', async () => {
    const first = withRequestId(async () => void logger.appendKeys({ jobId: 'of the first' }));
    await first({}, context);

    const [line] = await linesOf(() => handler({}, { awsRequestId: 'lambda-2' }));

    expect(line).toMatchObject({ requestId: 'lambda-2' });
    expect(line).not.toHaveProperty('jobId');
  });
});

describe('an invocation', () => {
  /** Lambda's clock of an invocation that may take a second. */
  const ofOneSecond = { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 1_000 };

  it('that times out says so before, with what is known of the job', async () => {
    jest.useFakeTimers();
    const hanging = withRequestId((_: object) => {
      logger.appendKeys({ jobId: 'job-1', stage: 'payment', attempt: 2 });
      return new Promise(() => {});
    });

    const lines = await linesOf(async () => {
      void hanging({}, ofOneSecond);
      await jest.advanceTimersByTimeAsync(1_000);
    });

    expect(lines).toMatchObject([
      { level: 'ERROR', requestId: 'lambda-1', jobId: 'job-1', stage: 'payment', attempt: 2 },
    ]);
  });

  it('that ends in time says nothing of it, then or later', async () => {
    jest.useFakeTimers();

    const lines = await linesOf(async () => {
      await handler({}, ofOneSecond);
      await jest.advanceTimersByTimeAsync(2_000);
    });

    expect(lines).toHaveLength(1);
  });
});
