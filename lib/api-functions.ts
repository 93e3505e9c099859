import { Duration } from 'aws-cdk-lib';
import type { Operation } from '../domain/protocol/protocol.ts';
import type { Config } from './config.ts';
import type { ExpressWorkflow } from './express-workflow.ts';
import type { FunctionEntry, FunctionSettings, NodeFunction } from './node-function.ts';
import { jobsByOwner, type OrderTables } from './order-tables.ts';
import type { OrderWorkflow } from './order-workflow.ts';
import { publicUrlVariables } from './public-urls.ts';

/** The function of one operation. */
export type ApiFunction<Name extends Operation = Operation> = FunctionEntry<`api/${Name}`> &
  Omit<FunctionSettings, 'config'> & {
    /** Grants the function its permissions. */
    readonly grant?: (to: NodeFunction) => void;
  };

export interface ApiFunctionsProps {
  readonly tables: OrderTables;
  readonly workflow: OrderWorkflow;
  /** What orders begin in. @default the workflow */
  readonly express: ExpressWorkflow | undefined;
  /** URL of the WebSocket API itself. */
  readonly liveUrl: string;
  readonly config: Config;
}

/** Time for the two reads around a wait, 3.2 s each at most, and for closing the connection that waited. */
const readTwiceSeconds = 9;

/** The function of each operation of the HTTP API. */
export function apiFunctions({ tables, workflow, express, liveUrl, config }: ApiFunctionsProps): {
  readonly [Name in Operation]: ApiFunction<Name>;
} {
  const JOBS_TABLE = tables.jobs.tableName;
  const ORDERS_TABLE = tables.orders.tableName;
  const { stateMachine, startArn: STATE_MACHINE_ARN } = workflow;
  const urls = publicUrlVariables(config, liveUrl);
  return {
    accept: {
      entry: 'api/accept',
      description: 'POST /orders: stores the order and its job, and starts the execution.',
      environment: {
        JOBS_TABLE,
        ORDERS_TABLE,
        STATE_MACHINE_ARN: express?.stateMachine.stateMachineArn ?? STATE_MACHINE_ARN,
        ...urls,
        IDEMPOTENCY_TABLE: tables.idempotencyKeys.tableName,
        IDEMPOTENCY_RETENTION_DAYS: String(config.idempotencyRetentionDays),
        STATISTICS_TABLE: tables.statistics.tableName,
        JOB_RETENTION_DAYS: String(config.jobRetentionDays),
        WEBHOOK_PORTS: config.webhookPorts.join(','),
        REDRIVE_MINUTES: String(config.redriveMinutes),
      },
      grant: (to) => {
        to.allow(['dynamodb:PutItem', 'dynamodb:GetItem'], tables.jobs.tableArn);
        to.allow(['dynamodb:PutItem'], tables.orders.tableArn, tables.idempotencyKeys.tableArn);
        to.allow(['dynamodb:GetItem'], tables.statistics.tableArn);
        to.startExecutions(express?.stateMachine ?? stateMachine);
      },
      // A client waits for a cold start, and more memory brings more CPU, which shortens it.
      memorySize: 1024,
    },
    status: {
      entry: 'api/status',
      description: "GET /orders/status/{jobId}: reads a job's status.",
      environment: {
        JOBS_TABLE,
        ...urls,
        STAGE_LIVE_URL: liveUrl,
        MAX_WAIT_SECONDS: String(config.maxWaitSeconds),
      },
      grant: (to) => to.allow(['dynamodb:GetItem'], tables.jobs.tableArn),
      timeout: Duration.seconds(readTwiceSeconds + config.maxWaitSeconds),
    },
    cancel: {
      entry: 'api/cancel',
      description: 'POST /orders/status/{jobId}/cancel: asks for cancellation.',
      environment: { JOBS_TABLE, ...urls, STATE_MACHINE_ARN },
      grant: (to) => {
        to.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn);
        to.startExecutions(stateMachine);
      },
    },
    redrive: {
      entry: 'api/redrive',
      description: 'POST /orders/status/{jobId}/redrive: resumes a redrivable failure.',
      environment: { JOBS_TABLE, ...urls, STATE_MACHINE_ARN },
      grant: (to) => {
        to.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn);
        to.redriveExecutions(stateMachine);
        to.describeExecutions(stateMachine);
        to.startExecutions(stateMachine);
      },
    },
    history: {
      entry: 'api/history',
      description: "GET /orders: lists the caller's jobs.",
      environment: { JOBS_TABLE, JOBS_BY_OWNER_INDEX: jobsByOwner, ...urls },
      grant: (to) => {
        to.allow(['dynamodb:Query'], tables.jobsByOwnerArn);
        to.allow(['dynamodb:BatchGetItem'], tables.jobs.tableArn);
      },
    },
    order: {
      entry: 'api/order',
      description: 'GET /orders/{orderId}: reads a created order.',
      environment: { ORDERS_TABLE },
      grant: (to) => to.allow(['dynamodb:GetItem'], tables.orders.tableArn),
    },
    asyncapi: {
      entry: 'api/asyncapi',
      description: 'GET /asyncapi.json: describes the WebSocket API.',
      environment: {},
    },
    openapi: {
      entry: 'api/openapi',
      description: 'GET /openapi.json: describes the API.',
      environment: { API_URL: urls.API_URL },
    },
  };
}
