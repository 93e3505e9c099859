import type { RetryPolicy, StageTable } from '../../domain/stages.ts';

const durable: RetryPolicy = { maxRetries: 40, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 900 };
const brief: RetryPolicy = { maxRetries: 6, intervalSeconds: 2, backoffRate: 2, maxDelaySeconds: 60 };

/** A table that stays as it is when the product's table changes: two stages that are undone, the last best-effort. */
export const fourStages = [
  {
    name: 'validation',
    state: 'Validate order',
    purpose: 'Checks the order.',
    expectedMs: 300,
    timeoutSeconds: 10,
    retry: durable,
  },
  {
    name: 'payment',
    state: 'Take payment',
    purpose: 'Charges the customer.',
    expectedMs: 1_500,
    timeoutSeconds: 20,
    retry: durable,
    compensation: 'refund-charge',
  },
  {
    name: 'order-creation',
    state: 'Create order',
    purpose: 'Makes the order.',
    expectedMs: 300,
    timeoutSeconds: 10,
    retry: durable,
    compensation: 'void-order',
  },
  {
    name: 'email',
    state: 'Send confirmation',
    purpose: 'Mails the confirmation.',
    expectedMs: 500,
    timeoutSeconds: 10,
    retry: brief,
    bestEffort: true,
  },
] as const satisfies StageTable;
