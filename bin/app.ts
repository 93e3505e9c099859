import { App, type AppProps } from 'aws-cdk-lib';
import { type Config, configOf } from '../lib/config.ts';
import { OrdersStack } from '../lib/orders-stack.ts';

/**
 * The CDK app: context (`-c name=value`) → validated configuration → stack. The only reader of context at synthesis.
 *
 * | context | meaning | default |
 * |---|---|---|
 * | `profile` | `development` or `production` | `development` |
 * | `sender` | address that confirmations come from | `orders@example.com` in development |
 * | `issuer`, `audience` | who issues access tokens, and for whom (comma-separated) | a Cognito user pool |
 * | `stripeSecretArn` | charge through Stripe, API key from this secret | the sandbox |
 * | `corsOrigins` | origins of pages that call the API (comma-separated) | `*` in development, none in production |
 */
export function buildApp(props: AppProps = {}): App {
  const app = new App(props);
  const context = (name: string): string | undefined => app.node.tryGetContext(name);
  const list = (text: string) => text.split(',').map((part) => part.trim());

  const sender = context('sender');
  const issuer = context('issuer');
  const stripeSecretArn = context('stripeSecretArn');
  const corsOrigins = context('corsOrigins');
  const overrides: Partial<Config> = {
    ...(sender !== undefined && { sender }),
    ...(issuer !== undefined && { tokens: { issuer, audience: list(context('audience') ?? '') } }),
    ...(stripeSecretArn !== undefined && { payments: { provider: 'stripe', secretArn: stripeSecretArn } }),
    ...(corsOrigins !== undefined && { corsOrigins: list(corsOrigins) }),
  };
  new OrdersStack(app, 'Accepted', {
    description: 'Accepted: an asynchronous order API.',
    config: configOf(context('profile') ?? 'development', overrides),
  });
  return app;
}

if (import.meta.main) buildApp().synth();
