/** Checked by the compiler only: a function gets its own file and variables, and no others. */
import { Stack } from 'aws-cdk-lib';
import type { FunctionName } from '../../../lambdas/runtime/environment.ts';
import { type FunctionEntry, NodeFunction } from '../../../lib/node-function.ts';

const stack = new Stack();
const config = {
  logRetentionDays: 7,
  retainData: false,
  sourceMaps: false,
  tracing: false,
  concurrency: {},
} as const;
const settings = { description: 'A test.', config };
const stage = { JOBS_TABLE: 'jobs', ORDERS_TABLE: 'orders', STATISTICS_TABLE: 'statistics' };

new NodeFunction(stack, 'Order', {
  ...settings,
  entry: 'api/order',
  environment: { ORDERS_TABLE: 'orders' },
});
new NodeFunction(stack, 'Validation', { ...settings, entry: 'stages/validation', environment: stage });

new NodeFunction(stack, 'Unknown', {
  ...settings,
  // @ts-expect-error there is no such function
  entry: 'api/nothing',
  environment: { API_URL: '/api' },
});
new NodeFunction(stack, 'Status', {
  ...settings,
  entry: 'api/status',
  // @ts-expect-error these are the variables of api/order
  environment: { ORDERS_TABLE: 'orders' },
});
new NodeFunction(stack, 'TooMany', {
  ...settings,
  entry: 'api/order',
  // @ts-expect-error api/order has no such variable
  environment: { ORDERS_TABLE: 'orders', JOBS_TABLE: 'jobs' },
});
// @ts-expect-error the e-mail stage has a row of its own with one more variable
new NodeFunction(stack, 'Email', { ...settings, entry: 'stages/email', environment: stage });
// @ts-expect-error Stripe needs a secret
new NodeFunction(stack, 'Payment', {
  ...settings,
  entry: 'stages/payment',
  environment: { ...stage, PAYMENT_PROVIDER: 'stripe', LEDGER_TABLE: 'ledger' },
});

declare const anyName: FunctionName;
// @ts-expect-error a name that may be any function's does not go with the variables of one
export const mismatched: FunctionEntry = { entry: anyName, environment: { ORDERS_TABLE: 'orders' } };
