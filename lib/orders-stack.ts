import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { exampleOrder } from '../domain/protocol/order-request.ts';
import { basePath } from '../domain/protocol/protocol.ts';
import { OrdersApi } from './api.ts';
import { type Config, hasEdge } from './config.ts';
import { CustomerManagedKey } from './customer-managed-key.ts';
import { Domains } from './domains.ts';
import { Edge } from './edge.ts';
import { ExpressWorkflow } from './express-workflow.ts';
import { Housekeeping } from './housekeeping.ts';
import { LiveApi } from './live-api.ts';
import { Mail } from './mail.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { Operator } from './operator.ts';
import { OrderStages } from './order-stages.ts';
import { OrderTables } from './order-tables.ts';
import { OrderWorkflow } from './order-workflow.ts';
import { Page } from './page.ts';
import { Releases } from './releases.ts';
import { Settlement } from './settlement.ts';
import { trace } from './trace.ts';
import { type Tokens, Users } from './users.ts';
import { Webhooks } from './webhooks.ts';

export interface OrdersStackProps extends StackProps {
  readonly config: Config;
  /** The built order page. */
  readonly webFolder: string;
}

/** Everything that is deployed, in the order in which an order passes through it as far as dependencies allow. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, { config, webFolder, ...props }: OrdersStackProps) {
    super(scope, id, props);
    if (config.customerManagedKey) new CustomerManagedKey(this, 'Encryption', config);
    const tables = new OrderTables(this, 'Tables', { config });
    const users = config.tokens ? undefined : new Users(this, 'Users', { config });
    const tokens = (config.tokens ?? users?.tokens) as Tokens;
    const releases = config.gradualDeployment ? new Releases(this, 'Releases') : undefined;
    const domains =
      config.domains && new Domains(this, 'Domains', { domains: config.domains, edge: hasEdge(config) });
    const live = new LiveApi(this, 'Live', { tables, domain: domains?.live, releases, config });

    const mail = new Mail(this, 'Mail', { config });
    const stages = new OrderStages(this, 'Stages', { tables, mail, config }).deployed;
    const settlement = new Settlement(this, 'Settlement', { tables, config }).function;
    const workflow = new OrderWorkflow(this, 'OrderWorkflow', { stages, settlement, releases, config });
    const { stateMachine } = workflow;
    const express =
      config.workflow === 'express-first'
        ? new ExpressWorkflow(this, 'ExpressWorkflow', { stages, workflow, config })
        : undefined;

    const api = new OrdersApi(this, 'Api', {
      tables,
      workflow,
      express,
      liveUrl: live.url,
      tokens,
      domain: domains?.api,
      releases,
      config,
    });

    const liveUrl = config.publicLiveUrl ?? live.url;
    const page =
      config.web && users ? new Page(this, 'Page', { folder: webFolder, users, liveUrl, config }) : undefined;
    const edge = hasEdge(config) ? new Edge(this, 'Edge', { api, page: page?.behavior, config }) : undefined;
    if (page && edge) page.publish(edge.url);

    const webhooks = new Webhooks(this, 'Webhooks', { tables, config });
    const housekeeping = new Housekeeping(this, 'Housekeeping', {
      tables,
      workflow,
      express,
      webhooks,
      config,
    });
    const operator = new Operator(this, 'Operator', {
      tables,
      workflow,
      express,
      dueWebhooks: webhooks.due,
      deadLetters: {
        webhooks: webhooks.undelivered,
        changes: housekeeping.deadLetters,
        pushes: live.deadLetters,
      },
      config,
    });

    // These two take whatever the stack has by now, so they come last.
    if (config.tracing) trace(this);
    if (config.monitoring) {
      const deadLetters = [live.deadLetters, housekeeping.deadLetters, webhooks.undelivered];
      new Monitoring(this, 'Monitoring', {
        ...{ stateMachine, express: express?.stateMachine, deadLetters, config },
        apiStage: api.stage,
        webhooksDue: webhooks.due,
      });
    }

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    if (page && edge) output('WebUrl', edge.url, 'The order page.');
    output('OrdersUrl', `${edge ? `${edge.url}${basePath}` : api.url}/orders`, 'URL to post orders to.');
    output('LiveUrl', live.url, 'URL of the WebSocket API. Clients get theirs as updatesUrl.');
    output('ExampleOrder', JSON.stringify(exampleOrder), 'An order to try the API with.');
    output('StateMachineArn', stateMachine.stateMachineArn, 'Each execution has the name of its job.');
    if (express) {
      const { stateMachineArn } = express.stateMachine;
      output(
        'ExpressStateMachineArn',
        stateMachineArn,
        'Orders begin here; an execution has the name of its job.',
      );
      output('ExpressLogGroup', express.log.logGroupName, 'Log of the Express executions that failed.');
    }
    output('JobsTable', tables.jobs.tableName, 'Table of jobs.');
    output('OrdersTable', tables.orders.tableName, 'Table of orders.');
    output('OperatorFunction', operator.functionName, 'Function that npm run ops invokes.');
    output('OperatorPolicyArn', operator.policy.managedPolicyArn, 'Policy that lets people use npm run ops.');
    output('WebhookSecretArn', webhooks.secret.secretArn, 'Secret that signs webhooks.');
    output('LedgerTable', tables.ledger.tableName, 'Ledger of charges and refunds.');
  }
}
