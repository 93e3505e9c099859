import { describe, expect, it } from '@jest/globals';
import { logger } from '../../../../lambdas/runtime/telemetry.ts';
import { withRequestId } from '../../../../lambdas/runtime/with-request-id.ts';
import { linesOf } from '../../../support/logs.ts';

const handler = withRequestId(async (_: object) => {
  logger.info('Working');
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
