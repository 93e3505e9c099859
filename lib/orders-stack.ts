import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import { exampleOrder } from '../domain/protocol/order-request.ts';
import { stages } from '../domain/stages.ts';
import { Callbacks } from './callbacks.ts';
import type { Config } from './config.ts';
import { Housekeeping } from './housekeeping.ts';
import { OrdersHttpApi } from './http-api.ts';
import { NodeFunction } from './node-function.ts';
import { OrderStages } from './order-stages.ts';
import { jobsByOwner, OrderTables } from './order-tables.ts';
import { OrderWorkflow } from './order-workflow.ts';
import { PushApi } from './push-api.ts';

export interface OrdersStackProps extends StackProps {
  readonly config: Config;
}

/** The map of what is deployed, in the order of an order's way. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: OrdersStackProps) {
    super(scope, id, props);
    const { logRetentionDays } = config;

    const tables = new OrderTables(this, 'Tables', {
      retainData: config.retainData,
      sandbox: config.payments.provider === 'sandbox',
    });
    const JOBS_TABLE = tables.jobs.tableName;
    const ORDERS_TABLE = tables.orders.tableName;

    const live = new PushApi(this, 'PushApi', { tables, throttle: config.throttle, logRetentionDays });
    const LIVE_URL = live.liveUrl;

    new EmailIdentity(this, 'Sender', { identity: Identity.email(config.sender) });
    const work = new OrderStages(this, 'Stages', { tables, config });
    const workflow = new OrderWorkflow(this, 'OrderWorkflow', {
      table: stages,
      stages: work.functions,
      settlement: work.settlement,
      logRetentionDays,
    });

    const accept = new NodeFunction<'accept'>(this, 'Accept', {
      entry: 'api/accept',
      description: 'POST /orders: stores the order and its job, starts the execution.',
      environment: {
        JOBS_TABLE,
        ORDERS_TABLE,
        STATE_MACHINE_ARN: workflow.stateMachine.stateMachineArn,
        LIVE_URL,
        IDEMPOTENCY_TABLE: tables.idempotencyKeys.tableName,
        IDEMPOTENCY_RETENTION_DAYS: String(config.idempotencyRetentionDays),
        STATISTICS_TABLE: tables.statistics.tableName,
        JOB_RETENTION_DAYS: String(config.jobRetentionDays),
      },
      logRetentionDays,
      // Start-up is bound by the processor, and a client waits for it.
      memorySize: 1024,
    });
    accept.allow(['dynamodb:PutItem', 'dynamodb:GetItem'], tables.jobs.tableArn);
    accept.allow(['dynamodb:PutItem'], tables.orders.tableArn, tables.idempotencyKeys.tableArn);
    accept.allow(['dynamodb:GetItem'], tables.statistics.tableArn);
    accept.startExecutions(workflow.stateMachine);

    const status = new NodeFunction<'status'>(this, 'Status', {
      entry: 'api/status',
      description: "GET /orders/status/{jobId}: reads a job's status.",
      environment: { JOBS_TABLE, LIVE_URL },
      logRetentionDays,
    });
    status.allow(['dynamodb:GetItem'], tables.jobs.tableArn);

    const steering = {
      environment: { JOBS_TABLE, LIVE_URL, STATE_MACHINE_ARN: workflow.stateMachine.stateMachineArn },
      logRetentionDays,
    };
    const cancel = new NodeFunction<'cancel'>(this, 'Cancel', {
      entry: 'api/cancel',
      description: 'POST /orders/status/{jobId}/cancel: asks for cancellation.',
      ...steering,
    });
    cancel.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn);
    cancel.startExecutions(workflow.stateMachine);

    const redrive = new NodeFunction<'redrive'>(this, 'Redrive', {
      entry: 'api/redrive',
      description: 'POST /orders/status/{jobId}/redrive: resumes a redrivable failure.',
      ...steering,
    });
    redrive.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn);
    redrive.redriveExecutions(workflow.stateMachine);
    redrive.describeExecutions(workflow.stateMachine);

    const history = new NodeFunction<'history'>(this, 'History', {
      entry: 'api/history',
      description: "GET /orders: lists the caller's jobs.",
      environment: { JOBS_TABLE, JOBS_BY_OWNER_INDEX: jobsByOwner, LIVE_URL },
      logRetentionDays,
    });
    history.allow(['dynamodb:Query'], tables.jobsByOwnerArn);

    const order = new NodeFunction<'order'>(this, 'Order', {
      entry: 'api/order',
      description: 'GET /orders/{orderId}: reads a created order.',
      environment: { ORDERS_TABLE },
      logRetentionDays,
    });
    order.allow(['dynamodb:GetItem'], tables.orders.tableArn);

    const openapi = new NodeFunction<'openapi'>(this, 'Openapi', {
      entry: 'api/openapi',
      description: 'GET /openapi.json: describes the API.',
      environment: {},
      logRetentionDays,
    });

    const api = new OrdersHttpApi(this, 'HttpApi', {
      functions: {
        accept: accept.function,
        status: status.function,
        cancel: cancel.function,
        redrive: redrive.function,
        history: history.function,
        order: order.function,
        openapi: openapi.function,
      },
      tokens: config.tokens ?? this.userPool(config),
      throttle: config.throttle,
      corsOrigins: config.corsOrigins,
      accessLog: new LogGroup(this, 'AccessLog', {
        retention: logRetentionDays as RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });

    const callbacks = new Callbacks(this, 'Callbacks', { tables, config });
    new Housekeeping(this, 'Housekeeping', {
      tables,
      stateMachine: workflow.stateMachine,
      callbacks: callbacks.due,
      logRetentionDays,
    });

    this.output('OrdersUrl', `${api.url}/orders`, 'POST an order here.');
    this.output('LiveUrl', LIVE_URL, 'Watch a job here.');
    this.output('ExampleOrder', JSON.stringify(exampleOrder), 'An order to try it with.');
    this.output('StateMachineArn', workflow.stateMachine.stateMachineArn, 'Its executions are named by job.');
    this.output('JobsTable', JOBS_TABLE, 'Job records.');
    this.output('OrdersTable', ORDERS_TABLE, 'Order records.');
    this.output('WebhookSecretArn', callbacks.secret.secretArn, 'The key that webhooks are signed with.');
    if (tables.ledger) this.output('LedgerTable', tables.ledger.tableName, "The sandbox gateway's ledger.");
  }

  /** The default issuer of access tokens: a user pool of the stack's own. */
  private userPool(config: Config): { issuer: string; audience: string[] } {
    const pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const client = pool.addClient('Client', {
      authFlows: { userSrp: true, userPassword: true },
      // No hosted pages: CDK's default would allow the implicit flow towards example.com.
      disableOAuth: true,
    });
    this.output('UserPoolId', pool.userPoolId, 'Owners of orders.');
    this.output('UserPoolClientId', client.userPoolClientId, 'Sign in with this client.');
    return { issuer: pool.userPoolProviderUrl, audience: [client.userPoolClientId] };
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
