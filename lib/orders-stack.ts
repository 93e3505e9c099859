import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { exampleOrder } from '../domain/protocol/order-request.ts';
import { OrdersApi } from './api.ts';
import type { Config } from './config.ts';
import { Housekeeping } from './housekeeping.ts';
import { LiveApi } from './live-api.ts';
import { Mail } from './mail.ts';
import { OrderStages } from './order-stages.ts';
import { OrderTables } from './order-tables.ts';
import { OrderWorkflow } from './order-workflow.ts';
import { Settlement } from './settlement.ts';
import { Users } from './users.ts';
import { Webhooks } from './webhooks.ts';

export interface OrdersStackProps extends StackProps {
  readonly config: Config;
}

/** Everything that is deployed, in the order in which an order passes through it as far as dependencies allow. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: OrdersStackProps) {
    super(scope, id, props);
    const { logRetentionDays, retainData, sender } = config;

    const tables = new OrderTables(this, 'Tables', { retainData });
    const tokens = config.tokens ?? new Users(this, 'Users', { retain: retainData }).tokens;
    const live = new LiveApi(this, 'Live', { tables, config });

    const mail = new Mail(this, 'Mail', { sender });
    const stages = new OrderStages(this, 'Stages', { tables, mail, config }).deployed;
    const settlement = new Settlement(this, 'Settlement', { tables, config }).function;
    const workflow = new OrderWorkflow(this, 'OrderWorkflow', { stages, settlement, logRetentionDays });
    const { stateMachine } = workflow;

    const api = new OrdersApi(this, 'Api', { tables, stateMachine, liveUrl: live.url, tokens, config });

    const webhooks = new Webhooks(this, 'Webhooks', { tables, config });
    new Housekeeping(this, 'Housekeeping', { tables, stateMachine, webhooks, logRetentionDays });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('OrdersUrl', `${api.url}/orders`, 'URL to post orders to.');
    output('LiveUrl', live.url, 'URL of the WebSocket API. Clients get theirs as updatesUrl.');
    output('ExampleOrder', JSON.stringify(exampleOrder), 'An order to try the API with.');
    output('StateMachineArn', stateMachine.stateMachineArn, 'Each execution has the name of its job.');
    output('JobsTable', tables.jobs.tableName, 'Table of jobs.');
    output('OrdersTable', tables.orders.tableName, 'Table of orders.');
    output('WebhookSecretArn', webhooks.secret.secretArn, 'Secret that signs webhooks.');
    output('LedgerTable', tables.ledger.tableName, 'Ledger of charges and refunds.');
  }
}
