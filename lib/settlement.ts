import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { paymentProvider } from './payment-provider.ts';

export interface SettlementProps {
  readonly tables: OrderTables;
  readonly config: Config;
}

/** The function that compensates what was done for an order that cannot be completed. */
export class Settlement extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, { tables, config }: SettlementProps) {
    super(scope, id);
    const { environment, permissions } = paymentProvider(tables, config);

    const settle = new NodeFunction(this, 'Settle', {
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
    settle.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.jobs.tableArn, tables.orders.tableArn);
    for (const { actions, resource } of permissions) settle.allow(actions, resource);
    this.function = settle.function;
  }
}
