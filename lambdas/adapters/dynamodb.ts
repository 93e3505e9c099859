import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Shorter than any stage's timeout, so that a hanging connection costs an attempt of the SDK and not of the stage. */
const connection = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

/** A DynamoDB client that speaks plain objects; `undefined` members are left out. */
export const createDocumentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: connection, maxAttempts: 4 }), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Whether a write was refused because its condition did not hold. */
export const isConditionFailure = (error: unknown): error is ConditionalCheckFailedException =>
  error instanceof ConditionalCheckFailedException;

/** Seconds since the epoch, as DynamoDB's time to live wants it. */
export const timeToLive = (at: string): number => Math.floor(Date.parse(at) / 1000);
