import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { callLimits } from './call-limits.ts';

/** A DynamoDB client for plain objects. It leaves out members that are `undefined`. */
export const createDocumentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(callLimits), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Whether a write failed because its condition was false. */
export const isConditionFailure = (error: unknown): error is ConditionalCheckFailedException =>
  error instanceof ConditionalCheckFailedException;

/** Seconds since the epoch, the format of DynamoDB's time to live. */
export const timeToLive = (at: string): number => Math.floor(Date.parse(at) / 1000);
