import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { daysAfter } from '../../domain/days-after.ts';
import { erasedEmail, OrderRecord } from '../../domain/order/order.ts';
import type { ClaimedOrder, Orders } from '../ports/orders.ts';
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
      return Item && orderOf(Item);
    },

    async create(orderId, at) {
      const found = await unlessDone(
        new UpdateCommand({
          TableName,
          Key: { orderId },
          // Orders do not expire, only submissions do. The payment token is no longer needed.
          UpdateExpression: 'SET createdAt = :at REMOVE #ttl, paymentToken',
          ConditionExpression: isSubmission,
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':at': at.toISOString() },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      if (!found) throw new Error(`There is no submission ${orderId} to make an order of.`);
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
        const { Attributes } = await client.send(
          new UpdateCommand({
            TableName,
            Key: { orderId },
            UpdateExpression: 'SET confirmationClaimedAt = :at, confirmationClaim = :claim',
            ConditionExpression: isUnclaimed,
            ExpressionAttributeValues: { ':at': at.toISOString(), ':claim': claim },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return await claimedOrder(claim, Attributes);
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        if (!error.Item) throw new Error(`There is no order ${orderId} to confirm.`, { cause: error });
        const item = unmarshall(error.Item);
        const { confirmationClaim } = item;
        // It is our own claim if an attempt of the SDK whose response was lost wrote it.
        return confirmationClaim === claim ? await claimedOrder(claim, item) : undefined;
      }

      async function claimedOrder(claim: string, item: Record<string, unknown> = {}): Promise<ClaimedOrder> {
        try {
          return { claim, order: orderOf(item) };
        } catch (error) {
          // Nothing was sent, so that another attempt may send it.
          await releaseConfirmation(orderId, claim);
          throw error;
        }
      }
    },

    releaseConfirmation,
  };

  function orderOf(item: Readonly<Record<string, unknown>>): OrderRecord {
    return parseItem(OrderRecord, item, { table: TableName, key: 'orderId' });
  }

  async function releaseConfirmation(orderId: string, claim: string): Promise<void> {
    await unlessDone(
      new UpdateCommand({
        TableName,
        Key: { orderId },
        UpdateExpression: 'REMOVE confirmationClaimedAt, confirmationClaim',
        ConditionExpression: isOwnClaim,
        ExpressionAttributeValues: { ':claim': claim },
      }),
    );
  }

  /**
   * Sends a conditional write. A false condition means that it was done before.
   *
   * @returns false when the condition was false and DynamoDB did not return an item
   */
  async function unlessDone(write: UpdateCommand | PutCommand): Promise<boolean> {
    try {
      await client.send(write as UpdateCommand);
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return error.Item !== undefined;
    }
  }
}
