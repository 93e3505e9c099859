import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { OrderRecord } from '../../domain/order/order.ts';
import type { Orders } from '../ports.ts';
import { createDocumentClient, isConditionFailure, timeToLive } from './dynamodb.ts';

/** Days that a submission outlives its job, which cannot be undone without it: time to live deletes late, in no order. */
const marginDays = 7;

/** The submission is there and has not become an order yet, and never will when it is void. */
const isSubmission =
  'attribute_exists(orderId) AND attribute_not_exists(createdAt) AND attribute_not_exists(voidedAt)';

/** There is something to make void, and it is not void yet. */
const isNotVoid = 'attribute_exists(orderId) AND attribute_not_exists(voidedAt)';

/** Nobody has claimed the confirmation. */
const isUnclaimed = 'attribute_not_exists(confirmationClaimedAt)';

/**
 * Order records in DynamoDB.
 *
 * @param config.jobRetentionDays - days that jobs are kept; needed by whoever submits
 */
export function createOrders({
  table: TableName,
  jobRetentionDays = Number.NaN,
}: {
  readonly table: string;
  readonly jobRetentionDays?: number;
}): Orders {
  const client = createDocumentClient();

  return {
    async submit(order) {
      const expiresAt = new Date(
        Date.parse(order.submittedAt) + (jobRetentionDays + marginDays) * 86_400_000,
      ).toISOString();
      await unlessDone(
        new PutCommand({
          TableName,
          Item: { ...order, ttl: timeToLive(expiresAt) },
          ConditionExpression: 'attribute_not_exists(orderId)',
        }),
      );
    },

    async get(orderId) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { orderId }, ConsistentRead: true }),
      );
      return Item as OrderRecord | undefined;
    },

    async create(orderId, at) {
      await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          // An order is kept: only submissions expire. The payment token has done its work.
          UpdateExpression: 'SET createdAt = :at REMOVE #ttl, paymentToken',
          ConditionExpression: isSubmission,
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':at': at.toISOString() },
        }),
      );
    },

    async void(orderId, at) {
      await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          UpdateExpression: 'SET voidedAt = :at REMOVE paymentToken',
          ConditionExpression: isNotVoid,
          ExpressionAttributeValues: { ':at': at.toISOString() },
        }),
      );
    },

    async claimConfirmation(orderId, at) {
      const claim = randomUUID();
      try {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: { orderId },
            UpdateExpression: 'SET confirmationClaimedAt = :at, confirmationClaim = :claim',
            ConditionExpression: isUnclaimed,
            ExpressionAttributeValues: { ':at': at.toISOString(), ':claim': claim },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return true;
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        // Our own claim, written by an attempt of the SDK whose answer was lost.
        return error.Item?.confirmationClaim?.S === claim;
      }
    },

    async releaseConfirmation(orderId) {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          UpdateExpression: 'REMOVE confirmationClaimedAt, confirmationClaim',
        }),
      );
    },
  };

  /** Carries out a conditional write, unless its condition says that it was done before. */
  async function unlessDone(write: UpdateCommand | PutCommand): Promise<void> {
    try {
      await client.send(write as UpdateCommand);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}
