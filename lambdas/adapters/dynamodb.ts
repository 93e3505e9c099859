import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { callLimits } from './call-limits.ts';

/** A DynamoDB client that speaks plain objects; `undefined` members are left out. */
export const createDocumentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(callLimits), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Whether a write was refused because its condition did not hold. */
export const isConditionFailure = (error: unknown): error is ConditionalCheckFailedException =>
  error instanceof ConditionalCheckFailedException;

/** Seconds since the epoch, as DynamoDB's time to live wants it. */
export const timeToLive = (at: string): number => Math.floor(Date.parse(at) / 1000);
