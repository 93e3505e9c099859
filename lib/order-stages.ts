import { Duration, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type StageName, stages } from '../domain/stages.ts';
import type { FunctionName, VariablesOf } from '../lambdas/runtime/environment.ts';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';

export interface OrderStagesProps {
  readonly tables: OrderTables;
  readonly config: Config;
}

interface Permission {
  readonly actions: string[];
  readonly resource: string;
  readonly conditions?: Record<string, object>;
}

/** The schema of a stage's variables: the one of its name, or the one of every stage. */
type SchemaOf<Name extends StageName> = Name extends FunctionName ? Name : 'stage';

/** What a stage needs beyond what every stage gets. */
interface Needs<Name extends StageName = StageName> {
  readonly environment: Omit<VariablesOf<SchemaOf<Name>>, keyof VariablesOf<'stage'>>;
  readonly permissions: readonly Permission[];
}

/** By stage; one with a schema of its own must have an entry. */
type NeedsOfStages = { readonly [Name in Extract<StageName, FunctionName>]: Needs<Name> } & {
  readonly [Name in StageName]?: Needs<Name>;
};

const nothing: Needs<never> = { environment: {}, permissions: [] };

/** The functions that work on an order: one for each row of the stage table, and the settlement. */
export class OrderStages extends Construct {
  /** By the stage's name. */
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly settlement: IFunction;

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
        const { environment, permissions } = needs[name] ?? nothing;
        const stage = new NodeFunction<SchemaOf<typeof name>>(this, titleOf(name), {
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

    const { environment, permissions } = providerNeeds(tables, config);
    const settlement = new NodeFunction<'settlement'>(this, 'Settlement', {
      entry: 'settlement/settle',
      description: 'Undoes what was done for an order that cannot be completed.',
      environment: {
        JOBS_TABLE: tables.jobs.tableName,
        ORDERS_TABLE: tables.orders.tableName,
        ...environment,
      },
      logRetentionDays: config.logRetentionDays,
      timeout: Duration.seconds(20),
    });
    settlement.allow(
      ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      tables.jobs.tableArn,
      tables.orders.tableArn,
    );
    for (const { actions, resource } of permissions) settlement.allow(actions, resource);
    this.settlement = settlement.function;
  }
}

/** Variables and permissions of the stages that need more than to read the order. */
function needsOf({ tables, config }: OrderStagesProps, stack: Stack): NeedsOfStages {
  const sendAsUs = {
    actions: ['ses:SendEmail'],
    // An account in SES's sandbox is asked for the recipient's identity too (aws/aws-sdk-js#3641).
    resource: stack.formatArn({ service: 'ses', resource: 'identity', resourceName: '*' }),
    conditions: { StringEquals: { 'ses:FromAddress': config.sender } },
  };
  const updateOrder = { actions: ['dynamodb:UpdateItem'], resource: tables.orders.tableArn };
  return {
    payment: paymentNeeds(tables, config),
    'order-creation': { environment: {}, permissions: [updateOrder] },
    email: {
      environment: { MAIL_SENDER: config.sender },
      permissions: [updateOrder, sendAsUs],
    },
  };
}

/** What charging needs beyond the provider: the sandbox counts the attempts of `tok_flaky`. */
function paymentNeeds(tables: OrderTables, config: Config) {
  const { environment, permissions } = providerNeeds(tables, config);
  const { ledger } = tables;
  const count = ledger ? [{ actions: ['dynamodb:UpdateItem'], resource: ledger.tableArn }] : [];
  return { environment, permissions: [...permissions, ...count] };
}

/** What the payment provider needs to charge and to refund. */
function providerNeeds({ ledger }: OrderTables, { payments }: Config) {
  if (payments.provider === 'stripe') {
    return {
      environment: { PAYMENT_PROVIDER: 'stripe' as const, STRIPE_SECRET_ARN: payments.secretArn },
      permissions: [{ actions: ['secretsmanager:GetSecretValue'], resource: payments.secretArn }],
    };
  }
  if (!ledger) throw new Error('The sandbox needs its ledger table.');
  return {
    environment: { PAYMENT_PROVIDER: 'sandbox' as const, LEDGER_TABLE: ledger.tableName },
    permissions: [{ actions: ['dynamodb:PutItem'], resource: ledger.tableArn }],
  };
}

/** `order-creation` → `OrderCreation`. */
const titleOf = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
