import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import { exampleOrder } from '../domain/protocol/order-request.ts';
import { stages as table } from '../domain/stages.ts';
import { OrdersApi } from './api.ts';
import type { Config } from './config.ts';
import { Housekeeping } from './housekeeping.ts';
import { LiveApi } from './live-api.ts';
import { OrderStages } from './order-stages.ts';
import { OrderTables } from './order-tables.ts';
import { OrderWorkflow } from './order-workflow.ts';
import { Settlement } from './settlement.ts';
import { Users } from './users.ts';
import { Webhooks } from './webhooks.ts';

export interface OrdersStackProps extends StackProps {
  readonly config: Config;
}

/** The map of what is deployed, in the order in which an order passes through it. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: OrdersStackProps) {
    super(scope, id, props);
    const { logRetentionDays, retainData } = config;

    const sandbox = config.payments.provider === 'sandbox';
    const tables = new OrderTables(this, 'Tables', { retainData, sandbox });

    const tokens = config.tokens ?? new Users(this, 'Users', { retain: retainData }).tokens;
    const live = new LiveApi(this, 'Live', { tables, config });

    new EmailIdentity(this, 'Sender', { identity: Identity.email(config.sender) });
    const stages = new OrderStages(this, 'Stages', { tables, config }).functions;
    const settlement = new Settlement(this, 'Settlement', { tables, config }).function;
    const workflow = new OrderWorkflow(this, 'OrderWorkflow', {
      table,
      stages,
      settlement,
      logRetentionDays,
    });
    const { stateMachine } = workflow;

    const api = new OrdersApi(this, 'Api', { tables, stateMachine, liveUrl: live.url, tokens, config });

    const webhooks = new Webhooks(this, 'Webhooks', { tables, config });
    const webhookQueue = webhooks.queue;
    new Housekeeping(this, 'Housekeeping', { tables, stateMachine, webhookQueue, logRetentionDays });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('OrdersUrl', `${api.url}/orders`, 'POST an order here.');
    output('LiveUrl', live.url, 'Watch a job here.');
    output('ExampleOrder', JSON.stringify(exampleOrder), 'An order to try the API with.');
    output('StateMachineArn', stateMachine.stateMachineArn, 'Executions are named by job.');
    output('JobsTable', tables.jobs.tableName, 'Job records.');
    output('OrdersTable', tables.orders.tableName, 'Order records.');
    output('WebhookSecretArn', webhooks.secret.secretArn, 'The key that signs webhooks.');
    if (tables.ledger) output('LedgerTable', tables.ledger.tableName, "The sandbox gateway's ledger.");
  }
}
