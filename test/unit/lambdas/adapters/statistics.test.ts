import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createStatistics } from '../../../../lambdas/adapters/statistics.ts';
import { AwsRefusal, type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

let dynamodb: AwsServiceStub;
beforeAll(async () => {
  dynamodb = await startAwsService();
});
afterAll(() => dynamodb.stop());

describe('a change of the statistics', () => {
  it('ends with an error when other writers are always faster, so that its function does not time out', async () => {
    dynamodb.answer(({ operation }) =>
      operation === 'PutItem' ? new AwsRefusal('ConditionalCheckFailedException') : {},
    );
    const statistics = createStatistics({ table: 'statistics' });

    await expect(statistics.change((durations) => durations)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    });

    expect(dynamodb.requests.filter(({ operation }) => operation === 'PutItem')).toHaveLength(10);
  });
});
