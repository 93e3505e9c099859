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
 * | `stripeSecretArn` | charge through Stripe, API key from the secret with this full ARN | |
 * | `payments` | `sandbox` charges nobody | `sandbox` in development; production must choose |
 * | `corsOrigins` | origins of pages that call the API (comma-separated) | `*` in development, none in production |
 */
export function buildApp(props: AppProps = {}): App {
  const app = new App(props);
  const context = (name: string): string | undefined => app.node.tryGetContext(name);
  const list = (text: string) => text.split(',').map((part) => part.trim());

  const sender = context('sender');
  const issuer = context('issuer');
  const secretArn = context('stripeSecretArn');
  const provider = context('payments') ?? (secretArn === undefined ? undefined : 'stripe');
  const corsOrigins = context('corsOrigins');
  const overrides: Partial<Config> = {
    ...(sender !== undefined && { sender }),
    ...(issuer !== undefined && { tokens: { issuer, audience: list(context('audience') ?? '') } }),
    ...(provider !== undefined && { payments: { provider, secretArn } as Config['payments'] }),
    ...(corsOrigins !== undefined && { corsOrigins: list(corsOrigins) }),
  };
  new OrdersStack(app, 'Accepted', {
    description: 'Accepted: an asynchronous order API.',
    config: configOf(context('profile') ?? 'development', overrides),
  });
  return app;
}

if (import.meta.main) buildApp().synth();
