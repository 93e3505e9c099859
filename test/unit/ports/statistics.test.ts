import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Durations } from '../../../domain/job/durations.ts';
import { createStatistics } from '../../../lambdas/adapters/statistics.ts';
import type { Statistics } from '../../../lambdas/ports/statistics.ts';
import { type EmbeddedDynamoDb, startDynamoDb } from '../../support/embedded-dynamodb.ts';
import { memoryStatistics } from '../../support/fakes.ts';

let dynamodb: EmbeddedDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

const learned = (samples: number): Durations => ({ payment: { meanMs: 900, p95Ms: 2_000, samples } });
const oneMore = ({ payment }: Durations): Durations => learned((payment?.samples ?? 0) + 1);

describe.each<[string, () => Promise<Statistics>]>([
  ['in memory', async () => memoryStatistics()],
  ['in DynamoDB', async () => createStatistics({ table: await dynamodb.createTable('Statistics') })],
])('statistics %s', (_, open) => {
  let statistics: Statistics;
  beforeEach(async () => {
    statistics = await open();
  });

  it('are empty at first', async () => {
    expect(await statistics.durations()).toEqual({});
  });

  it('hold the last update, which started from what was known', async () => {
    await statistics.change(() => learned(7));
    await statistics.change(oneMore);

    expect(await statistics.durations()).toEqual(learned(8));
  });

  it('hold the updates of all writers at the same time', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(() => statistics.change(oneMore)));

    expect(await statistics.durations()).toEqual(learned(5));
  });

  it('are not read when the signal is aborted', async () => {
    await expect(statistics.durations(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('statistics in DynamoDB alone', () => {
  it('fail with the error of DynamoDB when it refuses a call', async () => {
    const missing = createStatistics({ table: 'missing' });
    const refusal = { name: 'ResourceNotFoundException' };

    await expect(missing.durations()).rejects.toMatchObject(refusal);
    await expect(missing.change(oneMore)).rejects.toMatchObject(refusal);
  });
});
