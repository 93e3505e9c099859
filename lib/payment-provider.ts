import type { Config } from './config.ts';
import type { Permission } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';

/** The variables and permissions with which functions charge and refund. */
export function paymentProvider({ ledger }: OrderTables, { payments }: Pick<Config, 'payments'>) {
  if (payments.provider === 'stripe') {
    const readKey: Permission = {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [payments.secretArn],
    };
    return {
      environment: { PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_ARN: payments.secretArn } as const,
      charge: [readKey],
      refund: [readKey],
    };
  }
  if (!ledger) throw new Error('The sandbox needs its ledger table.');
  const record: Permission = { actions: ['dynamodb:PutItem'], resources: [ledger.tableArn] };
  // `tok_flaky` fails twice, so the sandbox counts its attempts.
  const count: Permission = { actions: ['dynamodb:UpdateItem'], resources: [ledger.tableArn] };
  return {
    environment: { PAYMENT_PROVIDER: 'sandbox', LEDGER_TABLE: ledger.tableName } as const,
    charge: [record, count],
    refund: [record],
  };
}
