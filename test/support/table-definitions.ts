import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { OrderTables } from '../../lib/order-tables.ts';
import { nameOf, resourcesOf } from './stack.ts';

/** Tables of the stack, by the name of their construct. */
export type StackTable = 'Jobs' | 'Orders' | 'IdempotencyKeys' | 'Statistics' | 'Ledger';

/** Keys and indexes of the stack's tables, as CreateTable takes them. */
export function tableDefinitions(): ReadonlyMap<StackTable, object> {
  // The template is only read here, so it needs no validation, which takes seconds.
  const stack = new Stack(new App({ analyticsReporting: false }));
  new OrderTables(stack, 'Tables', { config: { retainData: false } });
  const tables = resourcesOf('AWS::DynamoDB::Table', Template.fromStack(stack).toJSON() as never);
  return new Map(
    Object.entries(tables).map(([logicalId, { Properties }]) => {
      const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = Properties;
      const definition = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode };
      return [nameOf(logicalId).replace(/^Tables/, '') as StackTable, definition];
    }),
  );
}
