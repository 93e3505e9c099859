import { createDynamoDb } from '../dynamodb/dynamodb.ts';
import { createEvents } from '../events/events.ts';
import { createSecretsManager } from '../secrets-manager/secrets-manager.ts';
import { createSes } from '../ses/ses.ts';
import { createSqs } from '../sqs/sqs.ts';
import { createStates } from '../states/states.ts';
import { createExecuteApi } from '../websocket-api/execute-api.ts';
import type { AwsService, Cloud } from '../wire/cloud.ts';

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
