import type { ResourceKind } from '../cloud.ts';
import { apiGatewayKinds } from './api-gateway.ts';
import { eventInvokeConfig } from './event-invoke-config.ts';
import { eventKinds } from './event-rule.ts';
import { eventSourceMapping } from './event-source-mapping.ts';
import { inertKinds } from './inert.ts';
import { lambdaFunction } from './lambda-function.ts';
import { queueKinds } from './queue.ts';
import { roleKinds } from './role.ts';
import { secret } from './secret.ts';
import { sesKinds } from './ses.ts';
import { stateMachine } from './state-machine.ts';
import { globalTable, table } from './table.ts';
import { userPoolKinds } from './user-pool.ts';

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
