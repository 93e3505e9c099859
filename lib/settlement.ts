import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { type FunctionConfig, NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { paymentProvider } from './payment-provider.ts';
import { retainForExecutions } from './retain-for-executions.ts';

export interface SettlementProps {
  readonly tables: OrderTables;
  readonly config: Pick<Config, 'payments'> & FunctionConfig;
}

/** The function that compensates the completed stages of an order that cannot be completed. */
export class Settlement extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, { tables, config }: SettlementProps) {
    super(scope, id);
    const { environment, refund } = paymentProvider(tables, config);

    const settle = new NodeFunction(this, 'Settle', {
      entry: 'settlement/settle',
      description: 'Compensates the completed stages of an order that cannot be completed.',
      environment: {
        JOBS_TABLE: tables.jobs.tableName,
        ORDERS_TABLE: tables.orders.tableName,
        ...environment,
      },
      config,
      timeout: Duration.seconds(20),
    });
    settle.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn, tables.orders.tableArn);
    settle.grant(refund);
    this.function = settle.function;
    retainForExecutions(this);
  }
}
