import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { bundleOf } from '../../lib/bundles.ts';
import { type Config, configOf } from '../../lib/config.ts';
import { OrdersStack } from '../../lib/orders-stack.ts';
import { type Deployment, issuer, stripeSecretArn } from './stack.ts';

/** The deployments that the tests inspect. */
const deployments: Readonly<Record<Deployment, Config>> = {
  development: configOf('development'),
  production: configOf('production', { sender: 'orders@shop.example', payments: { provider: 'sandbox' } }),
  stripe: configOf('development', {
    payments: { provider: 'stripe', secretArn: stripeSecretArn },
    tokens: { issuer, audience: ['orders'] },
  }),
};

/** Synthesizes every deployment once before all infrastructure tests, and passes them the folders. */
export default function synthesize(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [name, config] of Object.entries(deployments)) {
    const app = new App({ outdir: path.join(folder, name), analyticsReporting: false });
    const template = Template.fromStack(new OrdersStack(app, 'Accepted', { config }));
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(template.toJSON()));
  }
  const bundles = path.join(bundleOf('api/accept'), '../..');
  Object.assign(process.env, { TEMPLATES_UNDER_TEST: folder, BUNDLES_UNDER_TEST: bundles });
}
