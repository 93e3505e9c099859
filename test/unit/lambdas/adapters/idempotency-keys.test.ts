import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createIdempotencyKeys } from '../../../../lambdas/adapters/idempotency-keys.ts';
import type { Claim } from '../../../../lambdas/ports/idempotency-keys.ts';
import { jobId, later, now } from '../../../support/builders.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
beforeEach(() => void dynamodb.reset());

const keys = createIdempotencyKeys({ table: 'idempotency-keys' });
const claim: Claim = {
  id: 'digest-of-owner-and-key',
  fingerprint: 'digest-of-request',
  jobId,
  expiresAt: later(86_400_000).toISOString(),
};
const ttl = Date.parse('2026-01-21T15:30:00.000Z') / 1000;
const earlier: Claim = { ...claim, jobId: jobId.replace(/1$/, '2'), expiresAt: later(1).toISOString() };

/** What DynamoDB throws when a condition does not hold: with the item, where there is one. */
const conditionFailure = (item?: object) =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(item && { Item: marshall(item) }),
  });

describe('claiming a key', () => {
  it('takes it when nobody holds it, or not any more, whether or not the table has deleted that', async () => {
    expect(await keys.claim(claim, now)).toBeUndefined();

    expect(dynamodb.commandCalls(PutCommand).map((call) => call.args[0].input)).toEqual([
      {
        TableName: 'idempotency-keys',
        Item: { ...claim, ttl },
        ConditionExpression: 'attribute_not_exists(id) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': now.toISOString() },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('tells the claim that stands in the way', async () => {
    dynamodb.on(PutCommand).rejects(conditionFailure({ ...earlier, ttl }));

    expect(await keys.claim(claim, now)).toMatchObject(earlier);
  });

  it('is not in its own way when its first answer was lost', async () => {
    dynamodb.on(PutCommand).rejects(conditionFailure({ ...claim, ttl }));

    expect(await keys.claim(claim, now)).toBeUndefined();
  });

  it.each([
    ['DynamoDB says something else', new Error('throttled')],
    ['the claim in the way is not told', conditionFailure()],
  ])('fails when %s', async (_, error) => {
    dynamodb.on(PutCommand).rejects(error);

    await expect(keys.claim(claim, now)).rejects.toBe(error);
  });
});
