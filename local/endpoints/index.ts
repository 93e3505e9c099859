import type { AwsService, Cloud } from '../cloud.ts';
import { createDynamoDb } from './dynamodb.ts';
import { createEvents } from './events.ts';
import { createExecuteApi } from './execute-api.ts';
import { createSecretsManager } from './secrets-manager.ts';
import { createSes } from './ses.ts';
import { createSqs } from './sqs.ts';
import { createStates } from './states.ts';

/** The embedded AWS services, in the order they start; they stop in reverse. */
export const services: readonly ((cloud: Cloud) => AwsService | Promise<AwsService>)[] = [
  createDynamoDb,
  createSqs,
  createSecretsManager,
  createSes,
  createExecuteApi,
  createStates,
  createEvents,
];
