import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { IdempotencyKeys } from '../ports/idempotency-keys.ts';
import { createDocumentClient, isConditionFailure, timeToLive } from './dynamodb.ts';
import { parseItem } from './parse-item.ts';

const ClaimItem = z.object({
  id: z.string(),
  fingerprint: z.string(),
  jobId: z.string(),
  expiresAt: z.string(),
});

/** Nobody holds the key, or the claim has expired: time to live deletes items late. */
const isFree = 'attribute_not_exists(id) OR expiresAt <= :now';

/** Idempotency keys in DynamoDB. */
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
        const earlier = parseItem(ClaimItem, unmarshall(error.Item), { table: TableName, key: 'id' });
        // It is our own claim: an attempt whose response was lost wrote it.
        return earlier.jobId === claim.jobId ? undefined : earlier;
      }
    },
  };
}
