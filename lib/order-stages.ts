import { Duration, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type StageName, stages } from '../domain/stages.ts';
import type { FunctionName, StageVariables, VariablesOf } from '../lambdas/runtime/environment.ts';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { paymentProvider } from './payment-provider.ts';

export interface OrderStagesProps {
  readonly tables: OrderTables;
  readonly config: Config;
}

interface Permission {
  readonly actions: string[];
  readonly resource: string;
  readonly conditions?: Record<string, object>;
}

/** What a stage needs beyond what every stage has. */
interface Needs<Name extends StageName = StageName> {
  readonly environment: Omit<VariablesOf<`stages/${Name}`>, keyof StageVariables>;
  readonly permissions: readonly Permission[];
}

type NeedsOfStages = { readonly [Name in StageName]?: Needs<Name> };

/** The functions that work on an order, one for each row of the stage table. */
export class OrderStages extends Construct {
  /** By the stage's name. */
  readonly functions: Readonly<Record<string, IFunction>>;

  constructor(scope: Construct, id: string, { tables, config }: OrderStagesProps) {
    super(scope, id);
    const needs = needsOf({ tables, config }, Stack.of(this));
    const variables = {
      JOBS_TABLE: tables.jobs.tableName,
      ORDERS_TABLE: tables.orders.tableName,
      STATISTICS_TABLE: tables.statistics.tableName,
    };

    this.functions = Object.fromEntries(
      stages.map(({ name, purpose, timeoutSeconds }) => {
        const { environment, permissions } = needs[name] ?? { environment: {}, permissions: [] };
        const stage = new NodeFunction<FunctionName>(this, titleOf(name), {
          entry: `stages/${name}`,
          description: purpose,
          environment: { ...variables, ...environment },
          logRetentionDays: config.logRetentionDays,
          timeout: Duration.seconds(timeoutSeconds),
        });
        stage.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn);
        stage.allow(['dynamodb:GetItem'], tables.orders.tableArn, tables.statistics.tableArn);
        for (const { actions, resource, conditions = {} } of permissions)
          stage.allowIf(conditions, actions, resource);
        return [name, stage.function];
      }),
    );
  }
}

/** Variables and permissions of the stages that need more than every stage has. */
function needsOf({ tables, config }: OrderStagesProps, stack: Stack): NeedsOfStages {
  const updateOrder = { actions: ['dynamodb:UpdateItem'], resource: tables.orders.tableArn };
  const sendMail = {
    actions: ['ses:SendEmail'],
    // In SES's sandbox, sending also needs permission on the recipient's identity (aws/aws-sdk-js#3641).
    resource: stack.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' }),
    conditions: { StringEquals: { 'ses:FromAddress': config.sender } },
  };
  return {
    payment: paymentNeeds(tables, config),
    'order-creation': { environment: {}, permissions: [updateOrder] },
    email: { environment: { MAIL_SENDER: config.sender }, permissions: [updateOrder, sendMail] },
  };
}

/** The provider's needs, and the sandbox's counter of attempts for `tok_flaky`. */
function paymentNeeds(tables: OrderTables, config: Config) {
  const { environment, permissions } = paymentProvider(tables, config);
  const { ledger } = tables;
  const count = ledger ? [{ actions: ['dynamodb:UpdateItem'], resource: ledger.tableArn }] : [];
  return { environment, permissions: [...permissions, ...count] };
}

/** `order-creation` → `OrderCreation`. */
const titleOf = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
