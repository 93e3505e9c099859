import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createOrders } from '../../../../lambdas/adapters/orders.ts';
import { anOrderRecord, now, orderId } from '../../../support/builders.ts';

const dynamodb = mockClient(DynamoDBDocumentClient);
beforeEach(() => void dynamodb.reset());

const orders = createOrders({ table: 'orders' });
const conditionFailure = new ConditionalCheckFailedException({ message: 'failed', $metadata: {} });
const inputs = () => dynamodb.calls().map((call) => call.args[0].input);

describe('orders in DynamoDB', () => {
  it('keep a submission a week longer than its job, which cannot be undone without it', async () => {
    await orders.submit(anOrderRecord(), new Date('2026-02-19T15:30:00.000Z'));

    const ttl = Date.parse('2026-02-26T15:30:00.000Z') / 1000;
    expect(inputs()).toEqual([
      {
        TableName: 'orders',
        Item: { ...anOrderRecord(), ttl },
        ConditionExpression: 'attribute_not_exists(orderId)',
      },
    ]);
    expect(dynamodb.commandCalls(PutCommand)).toHaveLength(1);
  });

  it('are read as last written', async () => {
    dynamodb.on(GetCommand).resolves({ Item: anOrderRecord() });

    expect(await orders.get(orderId)).toEqual(anOrderRecord());
    expect(inputs()).toEqual([{ TableName: 'orders', Key: { orderId }, ConsistentRead: true }]);
  });

  it('are created of a submission once: they no longer expire and forget the payment token', async () => {
    await orders.create(orderId, now);

    expect(inputs()).toEqual([
      {
        TableName: 'orders',
        Key: { orderId },
        UpdateExpression: 'SET createdAt = :at REMOVE #ttl, paymentToken',
        ConditionExpression:
          'attribute_exists(orderId) AND attribute_not_exists(createdAt) AND attribute_not_exists(voidedAt)',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':at': now.toISOString() },
      },
    ]);
  });

  it('are submitted harmlessly again, without touching what was created meanwhile', async () => {
    dynamodb.on(PutCommand).rejects(conditionFailure);

    await expect(
      orders.submit(anOrderRecord(), new Date('2026-02-19T15:30:00.000Z')),
    ).resolves.toBeUndefined();
  });

  it('are made void once, created or not, and forget the payment token', async () => {
    dynamodb.on(UpdateCommand).resolvesOnce({}).rejects(conditionFailure);

    await orders.void(orderId, now);
    await orders.void(orderId, now);

    expect(inputs()[0]).toEqual({
      TableName: 'orders',
      Key: { orderId },
      UpdateExpression: 'SET voidedAt = :at REMOVE paymentToken',
      ConditionExpression: 'attribute_exists(orderId) AND attribute_not_exists(voidedAt)',
      ExpressionAttributeValues: { ':at': now.toISOString() },
    });
  });

  it('are created harmlessly again', async () => {
    dynamodb.on(UpdateCommand).rejects(conditionFailure);

    await expect(orders.create(orderId, now)).resolves.toBeUndefined();
  });

  it('give the claim of the confirmation to the first who asks', async () => {
    dynamodb.on(UpdateCommand).resolvesOnce({}).rejects(conditionFailure);

    expect(await orders.claimConfirmation(orderId, now)).toBe(true);
    expect(await orders.claimConfirmation(orderId, now)).toBe(false);
    expect(inputs()[0]).toEqual({
      TableName: 'orders',
      Key: { orderId },
      UpdateExpression: 'SET confirmationClaimedAt = :at, confirmationClaim = :claim',
      ConditionExpression: 'attribute_not_exists(confirmationClaimedAt)',
      ExpressionAttributeValues: { ':at': now.toISOString(), ':claim': expect.any(String) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('know their own claim again when the answer to it was lost', async () => {
    dynamodb.on(UpdateCommand).callsFake(({ ExpressionAttributeValues }) => {
      throw new ConditionalCheckFailedException({
        message: 'failed',
        $metadata: {},
        Item: { confirmationClaim: { S: ExpressionAttributeValues[':claim'] } },
      });
    });

    expect(await orders.claimConfirmation(orderId, now)).toBe(true);
  });

  it('take the claim back', async () => {
    await orders.releaseConfirmation(orderId);

    expect(inputs()).toEqual([
      {
        TableName: 'orders',
        Key: { orderId },
        UpdateExpression: 'REMOVE confirmationClaimedAt, confirmationClaim',
      },
    ]);
  });

  it('pass on what DynamoDB says otherwise', async () => {
    dynamodb.on(UpdateCommand).rejects(new Error('throttled'));

    await expect(orders.create(orderId, now)).rejects.toThrow('throttled');
    await expect(orders.claimConfirmation(orderId, now)).rejects.toThrow('throttled');
  });
});
