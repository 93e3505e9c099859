import type { Config } from './config.ts';
import type { Permission } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';

/** The variables and permissions with which functions charge and refund. */
export function paymentProvider({ ledger }: OrderTables, { payments }: Pick<Config, 'payments'>) {
  const onLedger = (action: string): Permission => ({ actions: [action], resources: [ledger.tableArn] });
  const record = onLedger('dynamodb:PutItem');
  const LEDGER_TABLE = ledger.tableName;
  if (payments.provider === 'stripe') {
    const readKey: Permission = {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [payments.secretArn],
    };
    return {
      environment: {
        PAYMENT_PROVIDER: 'stripe',
        STRIPE_SECRET_ARN: payments.secretArn,
        LEDGER_TABLE,
      } as const,
      charge: [readKey, record, onLedger('dynamodb:GetItem')],
      refund: [readKey, record],
    };
  }
  return {
    environment: { PAYMENT_PROVIDER: 'sandbox', LEDGER_TABLE } as const,
    // `tok_flaky` fails twice, so the sandbox counts its attempts.
    charge: [record, onLedger('dynamodb:UpdateItem')],
    refund: [record],
  };
}
