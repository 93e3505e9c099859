import type { Config } from './config.ts';

const development: Config = {
  sender: 'orders@example.com',
  senderIdentity: 'address',
  jobRetentionDays: 30,
  redriveMinutes: 7 * 1_440,
  idempotencyRetentionDays: 7,
  logRetentionDays: 30,
  ratePerSecond: 1_000,
  burst: 2_000,
  corsOrigins: ['*'],
  scopes: {},
  maxWaitSeconds: 20,
  throttles: {},
  concurrency: {},
  mfa: 'off',
  customerManagedKey: false,
  web: false,
  gradualDeployment: false,
  workflow: 'standard',
  payments: { provider: 'sandbox' },
  webhookPorts: [443, 8443],
  retainData: false,
  monitoring: false,
  runbookUrl: 'docs/runbook.md',
  sourceMaps: false,
  tracing: false,
  liveAccessLog: false,
};

const production: Config = {
  ...development,
  logRetentionDays: 90,
  corsOrigins: [],
  maxWaitSeconds: 0,
  throttles: {
    accept: { ratePerSecond: 100, burst: 200 },
    cancel: { ratePerSecond: 20, burst: 40 },
    redrive: { ratePerSecond: 10, burst: 20 },
  },
  // Of the 1,000 that an account has. What is left is for the stages, the settlement, and accept, cancel and redrive.
  concurrency: {
    'api/status': 100,
    'api/history': 45,
    'api/order': 50,
    'api/openapi': 5,
    'api/asyncapi': 5,
    'api/unrouted': 5,
    'live/connect': 50,
    'live/messages': 50,
    'live/push': 100,
    // The concurrency of its two queues.
    'webhooks/deliver': 30,
    'housekeeping/bookkeeping': 50,
    'housekeeping/reconcile': 5,
    'operator/operate': 5,
  },
  mfa: 'optional',
  gradualDeployment: true,
  retainData: true,
  monitoring: true,
  sourceMaps: true,
  tracing: true,
  liveAccessLog: true,
};

/** Named starting points; a deployment overrides single values of one. */
export const profiles = { development, production } satisfies Record<string, Config>;

/** Name of a profile. */
export type Profile = keyof typeof profiles;

export const isProfile = (name: string): name is Profile => Object.hasOwn(profiles, name);
