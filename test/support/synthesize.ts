import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp } from '../../bin/app.ts';
import { bundleOf } from '../../lib/bundles.ts';
import { type Deployment, issuer, stripeSecretArn } from './stack.ts';

/** The context of each deployment that the tests inspect. */
const deployments: Readonly<Record<Deployment, Readonly<Record<string, string>>>> = {
  development: {},
  production: { profile: 'production', sender: 'orders@shop.example', payments: 'sandbox' },
  customized: {
    stripeSecretArn,
    issuer,
    audience: 'orders, shop',
    scopes: 'orders/all',
    'scopes.accept': 'orders/write, orders/all',
    publicUrl: 'https://api.shop.example/v1',
    publicLiveUrl: 'wss://live.shop.example/v1',
    maxWaitSeconds: '10',
    statusConcurrency: '40',
    corsOrigins: 'https://shop.example, https://www.shop.example',
    webhookPorts: '443, 9443',
    jobRetentionDays: '60',
    idempotencyRetentionDays: '14',
    logRetentionDays: '365',
    ratePerSecond: '50',
    burst: '70',
  },
};

/** Synthesizes every deployment once before all infrastructure tests, and passes them the folders. */
export default function synthesize(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [name, context] of Object.entries(deployments)) {
    const app = buildApp({ context, outdir: path.join(folder, name), analyticsReporting: false });
    const template = Template.fromStack(app.node.findChild('Accepted') as Stack);
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(template.toJSON()));
  }
  const bundles = path.join(bundleOf('api/accept'), '../..');
  Object.assign(process.env, { TEMPLATES_UNDER_TEST: folder, BUNDLES_UNDER_TEST: bundles });
}
