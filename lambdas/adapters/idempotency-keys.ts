import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Claim, IdempotencyKeys } from '../ports.ts';
import { createDocumentClient, isConditionFailure, timeToLive } from './dynamodb.ts';

/** Nobody holds the key, or not any more: time to live deletes late. */
const isFree = 'attribute_not_exists(id) OR expiresAt <= :now';

/** Idempotency keys in a table of their own. */
export function createIdempotencyKeys({ table: TableName }: { readonly table: string }): IdempotencyKeys {
  const client = createDocumentClient();

  return {
    async claim(claim, now) {
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: { ...claim, ttl: timeToLive(claim.expiresAt) },
            ConditionExpression: isFree,
            ExpressionAttributeValues: { ':now': now.toISOString() },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return undefined;
      } catch (error) {
        if (!isConditionFailure(error) || !error.Item) throw error;
        const earlier = unmarshall(error.Item) as Claim;
        // Our own claim, written by an attempt whose answer was lost.
        return earlier.jobId === claim.jobId ? undefined : earlier;
      }
    },
  };
}
