import { inertKinds } from '../cloudformation/inert.ts';
import { userPoolKinds } from '../cognito/user-pool.ts';
import { globalTable, table } from '../dynamodb/table.ts';
import { eventSourceMapping } from '../event-sources/event-source-mapping-kind.ts';
import { eventKinds } from '../events/event-rule.ts';
import { roleKinds } from '../iam/role.ts';
import { eventInvokeConfig } from '../lambda/event-invoke-config.ts';
import { lambdaFunction } from '../lambda/lambda-function.ts';
import { secret } from '../secrets-manager/secret.ts';
import { sesKinds } from '../ses/email-identity.ts';
import { queueKinds } from '../sqs/queue.ts';
import { stateMachine } from '../states/state-machine.ts';
import type { ResourceKind } from '../wire/cloud.ts';
import { apiGatewayKinds } from './api-gateway.ts';

/** Every CloudFormation type that runs on this machine. */
export const resourceKinds: readonly ResourceKind[] = [
  ...roleKinds,
  ...userPoolKinds,
  table,
  globalTable,
  ...queueKinds,
  secret,
  lambdaFunction,
  eventSourceMapping,
  eventInvokeConfig,
  stateMachine,
  ...sesKinds,
  ...apiGatewayKinds,
  ...eventKinds,
  ...inertKinds,
];
