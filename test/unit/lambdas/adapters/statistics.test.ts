import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { Durations } from '../../../../domain/job/durations.ts';
import { createStatistics } from '../../../../lambdas/adapters/statistics.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
beforeEach(() => void dynamodb.reset());

const statistics = createStatistics({ table: 'statistics' });
const conditionFailure = new ConditionalCheckFailedException({ message: 'failed', $metadata: {} });
const name = 'stage-durations';
const learnedOf = (samples: number): Durations => ({ payment: { meanMs: 900, p95Ms: 2_000, samples } });
const anItem = (samples: number, revision: number) => ({ name, durations: learnedOf(samples), revision });
const puts = () => dynamodb.commandCalls(PutCommand).map((call) => call.args[0].input);

/** Learns one more sample, and remembers of what. */
function aLesson() {
  const asked: Durations[] = [];
  const decide = (durations: Durations): Durations => {
    asked.push(durations);
    const { payment } = durations;
    return learnedOf((payment?.samples ?? 0) + 1);
  };
  return { asked, decide };
}

describe('what has been learned', () => {
  it('is read from one item', async () => {
    dynamodb.on(GetCommand).resolves({ Item: anItem(7, 3) });

    expect(await statistics.durations()).toEqual(learnedOf(7));
    expect(dynamodb.calls().map((call) => call.args[0].input)).toEqual([
      { TableName: 'statistics', Key: { name } },
    ]);
  });

  it('is not waited for longer than its reader wants', async () => {
    const { signal } = new AbortController();
    dynamodb.on(GetCommand).resolves({});

    await statistics.durations(signal);

    const [call] = dynamodb.commandCalls(GetCommand);
    expect(call?.args).toEqual([expect.anything(), { abortSignal: signal }]);
  });

  it('is nothing at first', async () => {
    dynamodb.on(GetCommand).resolves({});

    expect(await statistics.durations()).toEqual({});
  });

  it.each([
    ['at first', undefined, 0, 0],
    ['on top of what was known', anItem(7, 3), 7, 3],
  ])(
    'is stored %s, on the condition that nobody else has learned meanwhile',
    async (_, Item, known, revision) => {
      dynamodb.on(GetCommand).resolves(Item ? { Item } : {});

      await statistics.change(aLesson().decide);

      expect(puts()).toEqual([
        {
          TableName: 'statistics',
          Item: anItem(known + 1, revision + 1),
          ConditionExpression: 'attribute_not_exists(#name) OR revision = :revision',
          ExpressionAttributeNames: { '#name': 'name' },
          ExpressionAttributeValues: { ':revision': revision },
        },
      ]);
    },
  );

  it('is decided again where somebody else was faster, with what that one has learned', async () => {
    dynamodb
      .on(GetCommand)
      .resolvesOnce({ Item: anItem(7, 3) })
      .resolvesOnce({ Item: anItem(9, 4) })
      .on(PutCommand)
      .rejectsOnce(conditionFailure)
      .resolves({});
    const { asked, decide } = aLesson();

    await statistics.change(decide);

    expect(asked).toEqual([learnedOf(7), learnedOf(9)]);
    expect(puts()[1]).toMatchObject({
      Item: anItem(10, 5),
      ExpressionAttributeValues: { ':revision': 4 },
    });
  });

  it('passes on what DynamoDB says otherwise, and tries no more', async () => {
    dynamodb.on(GetCommand).resolves({}).on(PutCommand).rejects(new Error('throttled'));

    await expect(statistics.change(aLesson().decide)).rejects.toThrow('throttled');
    expect(puts()).toHaveLength(1);
  });
});
