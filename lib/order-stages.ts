import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Stage, type StageName, stages } from '../domain/stages.ts';
import { hasVariables, type StageWithVariables } from '../lambdas/runtime/environment.ts';
import type { Config } from './config.ts';
import { constructIdOf } from './construct-id.ts';
import type { Mail } from './mail.ts';
import { type FunctionConfig, type FunctionEntry, NodeFunction, type Permission } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { paymentProvider } from './payment-provider.ts';
import { retainForExecutions } from './retain-for-executions.ts';

export interface OrderStagesProps {
  readonly tables: OrderTables;
  readonly mail: Mail;
  readonly config: Pick<Config, 'payments'> & FunctionConfig;
}

/** A row of the stage table with its function. */
export interface DeployedStage {
  readonly stage: Stage;
  readonly function: IFunction;
}

/** The functions that work on an order, one for each row of the stage table. */
export class OrderStages extends Construct {
  /** In the order of the table. */
  readonly deployed: readonly DeployedStage[];

  constructor(scope: Construct, id: string, { tables, mail, config }: OrderStagesProps) {
    super(scope, id);
    const { jobs, orders, statistics } = tables;
    const provider = paymentProvider(tables, config);
    const updateOrder: Permission = { actions: ['dynamodb:UpdateItem'], resources: [orders.tableArn] };

    /** The variables of every stage. */
    const environment = {
      JOBS_TABLE: jobs.tableName,
      ORDERS_TABLE: orders.tableName,
      STATISTICS_TABLE: statistics.tableName,
    };
    /** The stages that need more variables. */
    const withVariables: { readonly [Name in StageWithVariables]: FunctionEntry<`stages/${Name}`> } = {
      payment: { entry: 'stages/payment', environment: { ...environment, ...provider.environment } },
      email: { entry: 'stages/email', environment: { ...environment, ...mail.environment } },
    };
    /** The stages that need more permissions. */
    const permissions: { readonly [Name in StageName]?: readonly Permission[] } = {
      payment: provider.charge,
      'order-creation': [updateOrder],
      email: [updateOrder, ...mail.permissions],
    };

    this.deployed = stages.map((stage) => {
      const { name, purpose, timeoutSeconds } = stage;
      const created = new NodeFunction(this, constructIdOf(name), {
        ...(hasVariables(name) ? withVariables[name] : { entry: `stages/${name}` as const, environment }),
        description: purpose,
        config,
        timeout: Duration.seconds(timeoutSeconds),
      });
      created.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], jobs.tableArn);
      created.allow(['dynamodb:GetItem'], orders.tableArn, statistics.tableArn);
      created.grant(permissions[name] ?? []);
      return { stage, function: created.function };
    });
    retainForExecutions(this);
  }
}
