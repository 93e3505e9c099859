import { App, type AppProps } from 'aws-cdk-lib';
import { configOf, protectedOperations } from '../lib/config.ts';
import { OrdersStack } from '../lib/orders-stack.ts';

/**
 * The CDK app: context (`-c name=value`) → validated configuration → stack. Nothing else reads context at synthesis.
 *
 * | context | meaning | default |
 * |---|---|---|
 * | `profile` | `development` or `production` | `development` |
 * | `sender` | address that confirmations come from | `orders@example.com` in development |
 * | `issuer`, `audience` | issuer and audience (comma-separated) of access tokens | a Cognito user pool |
 * | `scopes`, `scopes.<operation>` | scopes (comma-separated) of which a token needs one, on every route or on one | none |
 * | `publicUrl` | base of the HTTP API's URLs as clients know it: `https://api.example.com/v1` | the stage's path, `/api` |
 * | `publicLiveUrl` | URL of the WebSocket API as clients know it: `wss://live.example.com/v1` | the stage's URL |
 * | `maxWaitSeconds` | longest wait of a status request with `Prefer: wait=N`, 0 to 20 | 20 in development, 0 in production |
 * | `statusConcurrency` | status requests at the same time; required in production with `maxWaitSeconds` | no limit |
 * | `stripeSecretArn` | charge through Stripe, with the API key in the secret that has this full ARN | |
 * | `payments` | `sandbox` charges nobody | `sandbox` in development; required in production |
 * | `webhookPorts` | ports that webhooks are sent to (comma-separated) | 443 and 8443 |
 * | `corsOrigins` | origins of pages that call the API (comma-separated) | `*` in development, none in production |
 * | `jobRetentionDays` | days for which jobs are kept after their last change, 15 to 3650 | 30 |
 * | `redriveMinutes` | minutes for which a failure waits for a redrive, 1 to 18720 (13 days) | 10080 (7 days) |
 * | `idempotencyRetentionDays` | days for which idempotency keys are kept, 1 to `jobRetentionDays` | 7 |
 * | `logRetentionDays` | days for which logs are kept: 7, 14, 30, 90, 180 or 365 | 30 in development, 90 in production |
 * | `ratePerSecond`, `burst` | requests that each API accepts, 1 to 100000 | 1000 and 2000 |
 */
export function buildApp(props: AppProps = {}): App {
  const app = new App(props);
  const context = (name: string): string | undefined => {
    const value: unknown = app.node.tryGetContext(name);
    return value === undefined ? undefined : String(value);
  };
  const issuer = context('issuer');
  const secretArn = context('stripeSecretArn');
  const provider = context('payments') ?? (secretArn === undefined ? undefined : 'stripe');
  const corsOrigins = context('corsOrigins');
  const webhookPorts = context('webhookPorts');
  const config = configOf(context('profile') ?? 'development', {
    sender: context('sender'),
    jobRetentionDays: context('jobRetentionDays'),
    redriveMinutes: context('redriveMinutes'),
    idempotencyRetentionDays: context('idempotencyRetentionDays'),
    logRetentionDays: context('logRetentionDays'),
    ratePerSecond: context('ratePerSecond'),
    burst: context('burst'),
    scopes: scopesIn(app.node.getAllContext()),
    publicUrl: context('publicUrl'),
    publicLiveUrl: context('publicLiveUrl'),
    maxWaitSeconds: context('maxWaitSeconds'),
    statusConcurrency: context('statusConcurrency'),
    corsOrigins: corsOrigins === undefined ? undefined : list(corsOrigins),
    webhookPorts: webhookPorts === undefined ? undefined : list(webhookPorts),
    tokens: issuer === undefined ? undefined : { issuer, audience: list(context('audience') ?? '') },
    payments:
      provider === undefined ? undefined : { provider, ...(secretArn !== undefined && { secretArn }) },
  });
  new OrdersStack(app, 'Accepted', { description: 'Accepted: an asynchronous order API.', config });
  return app;
}

const list = (text: string) => text.split(',').map((part) => part.trim());

/** The scopes of every route, `scopes`, and of single ones, `scopes.<operation>`. */
function scopesIn(context: Readonly<Record<string, unknown>>): Record<string, string[]> {
  const { scopes: ofEvery } = context;
  const scopes: Record<string, string[]> = {};
  if (ofEvery !== undefined)
    for (const operation of protectedOperations) scopes[operation] = list(String(ofEvery));
  for (const [name, value] of Object.entries(context)) {
    const [, operation] = /^scopes\.(.*)$/.exec(name) ?? [];
    if (operation !== undefined) scopes[operation] = list(String(value));
  }
  return scopes;
}

if (import.meta.main) buildApp().synth();
