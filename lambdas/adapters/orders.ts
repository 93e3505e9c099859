import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { daysAfter } from '../../domain/days-after.ts';
import { erasedEmail, OrderRecord } from '../../domain/order/order.ts';
import type { Orders } from '../ports/orders.ts';
import { createDocumentClient, isConditionFailure, timeToLive } from './dynamodb.ts';
import { searchKeysOf } from './order-search.ts';
import { parseItem } from './parse-item.ts';

/** Days that a submission is kept after its job, which cannot be undone without it. Time to live deletes in no order. */
const marginDays = 7;

/** Time to live of the submission of a job. */
const expiryOf = (jobExpiresAt: Date): number =>
  timeToLive(daysAfter(jobExpiresAt, marginDays).toISOString());

/** The submission exists, has not become an order, and is not void. */
const isSubmission =
  'attribute_exists(orderId) AND attribute_not_exists(createdAt) AND attribute_not_exists(voidedAt)';

/** The order or submission exists and is not void. */
const isNotVoid = 'attribute_exists(orderId) AND attribute_not_exists(voidedAt)';

/** The order or submission exists and still holds personal data. */
const isNotErased = 'attribute_exists(orderId) AND attribute_not_exists(erasedAt)';

/** The order exists, and its confirmation has not been claimed. */
const isUnclaimed = 'attribute_exists(orderId) AND attribute_not_exists(confirmationClaimedAt)';

/** The confirmation is claimed by this claim. */
const isOwnClaim = 'confirmationClaim = :claim';

/** Order records in DynamoDB. */
export function createOrders({ table: TableName }: { readonly table: string }): Orders {
  const client = createDocumentClient();

  return {
    async submit(order, jobExpiresAt) {
      await unlessDone(
        new PutCommand({
          TableName,
          Item: { ...order, ...searchKeysOf(order), ttl: expiryOf(jobExpiresAt) },
          ConditionExpression: 'attribute_not_exists(orderId)',
        }),
      );
    },

    async keep(orderId, jobExpiresAt) {
      await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          UpdateExpression: 'SET #ttl = :ttl',
          ConditionExpression: 'attribute_exists(#ttl) AND #ttl < :ttl',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':ttl': expiryOf(jobExpiresAt) },
        }),
      );
    },

    async get(orderId) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { orderId }, ConsistentRead: true }),
      );
      return Item && parseItem(OrderRecord, Item, { table: TableName, key: 'orderId' });
    },

    async create(orderId, at) {
      await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          // Orders do not expire, only submissions do. The payment token is no longer needed.
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

    async erase(orderId, at) {
      await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          UpdateExpression:
            'SET email = :erased, erasedAt = :at REMOVE #reference, callbackUrl, paymentToken, emailDigest, referenceDigest',
          ConditionExpression: isNotErased,
          ExpressionAttributeNames: { '#reference': 'reference' },
          ExpressionAttributeValues: { ':erased': erasedEmail, ':at': at.toISOString() },
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
        return claim;
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        if (!error.Item) throw new Error(`There is no order ${orderId} to confirm.`, { cause: error });
        // It is our own claim if an attempt of the SDK whose response was lost wrote it.
        const { confirmationClaim }: { readonly confirmationClaim?: AttributeValue } = error.Item;
        return confirmationClaim?.S === claim ? claim : undefined;
      }
    },

    async releaseConfirmation(orderId, claim) {
      await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          UpdateExpression: 'REMOVE confirmationClaimedAt, confirmationClaim',
          ConditionExpression: isOwnClaim,
          ExpressionAttributeValues: { ':claim': claim },
        }),
      );
    },
  };

  /** Sends a conditional write. A false condition means that it was done before. */
  async function unlessDone(write: UpdateCommand | PutCommand): Promise<void> {
    try {
      await client.send(write as UpdateCommand);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}
