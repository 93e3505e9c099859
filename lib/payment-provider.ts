import type { Config } from './config.ts';
import type { OrderTables } from './order-tables.ts';

/** The variables and permissions with which a function charges and refunds. */
export function paymentProvider({ ledger }: OrderTables, { payments }: Pick<Config, 'payments'>) {
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
