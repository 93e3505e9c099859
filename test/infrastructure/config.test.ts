import { describe, expect, it } from '@jest/globals';
import { buildApp } from '../../bin/app.ts';
import { type Config, configOf, profiles } from '../../lib/config.ts';
import { functionNamed, issuer, nameOf, resourcesOf, stripeSecretArn, template } from '../support/stack.ts';

describe('a configuration', () => {
  it('is the profile, with single values overridden', () => {
    expect(configOf('development')).toEqual(profiles.development);
    const chosen = { sender: 'orders@shop.example', payments: { provider: 'sandbox' } } as const;
    expect(configOf('production', chosen)).toEqual({ ...profiles.production, ...chosen });
  });

  it.each(['staging', '', '__proto__', 'toString'])(
    'is refused for the profile %j, naming those there are',
    (name) => {
      expect(() => configOf(name)).toThrow('choose one of development, production');
    },
  );

  it('is refused in production without a sender', () => {
    expect(() => configOf('production')).toThrow('-c sender=');
  });

  it('is refused in production unless somebody chose how orders are paid', () => {
    expect(() => configOf('production', { sender: 'orders@shop.example' })).toThrow('-c payments=sandbox');
  });

  it.each<[string, Partial<Record<keyof Config, unknown>>]>([
    ['sender', { sender: 'orders' }],
    ['jobRetentionDays', { jobRetentionDays: 0 }],
    ['jobRetentionDays', { jobRetentionDays: 1.5 }],
    ['logRetentionDays', { logRetentionDays: 31 }],
    ['throttle', { throttle: { ratePerSecond: 0, burst: 1 } }],
    ['tokens', { tokens: { issuer: 'nowhere', audience: ['a'] } }],
    ['tokens', { tokens: { issuer: 'https://issuer.example', audience: [] } }],
    ['tokens', { tokens: { issuer: 'https://issuer.example', audience: [''] } }],
    ['payments', { payments: { provider: 'cash' } }],
    ['payments', { payments: { provider: 'stripe' } }],
    ['full ARN', { payments: { provider: 'stripe', secretArn: 'stripe' } }],
    ['full ARN', { payments: { provider: 'stripe', secretArn: stripeSecretArn.slice(0, -7) } }],
    ['must be more than 14', { jobRetentionDays: 14 }],
    ['must not be less than idempotencyRetentionDays', { idempotencyRetentionDays: 31 }],
    ['colour', { colour: 'red' } as never],
  ])('is refused for a wrong %s, and names it', (name, overrides) => {
    expect(() => configOf('development', overrides as Partial<Config>)).toThrow(name);
  });
});

describe('the context of the app', () => {
  it.each<[string, Record<string, string>]>([
    ['an unknown profile', { profile: 'staging' }],
    ['production without a sender', { profile: 'production' }],
    ['production without payments', { profile: 'production', sender: 'orders@shop.example' }],
    ['payments of an unknown kind', { payments: 'cash' }],
    ['Stripe without its secret', { payments: 'stripe' }],
    ['both the sandbox and a secret', { payments: 'sandbox', stripeSecretArn }],
    ['an issuer without an audience', { issuer: 'https://issuer.example' }],
  ])('is refused with %s', (_, context) => {
    expect(() => buildApp({ context })).toThrow(/profile|audience|payments/);
  });
});

describe('a deployment that charges through Stripe for tokens of another issuer', () => {
  const deployed = template('stripe');

  it('has no ledger, and lets payment and settlement read the secret, and nobody else', () => {
    const readers = Object.entries(resourcesOf('AWS::IAM::Policy', deployed)).flatMap(
      ([logicalId, { Properties }]) =>
        JSON.stringify(Properties).includes(stripeSecretArn) ? [nameOf(logicalId)] : [],
    );

    expect(Object.keys(resourcesOf('AWS::DynamoDB::Table', deployed)).join()).not.toContain('Ledger');
    expect(functionNamed('StagesPayment', deployed).Properties.Environment.Variables).toMatchObject({
      PAYMENT_PROVIDER: 'stripe',
      STRIPE_SECRET_ARN: stripeSecretArn,
    });
    expect(readers.sort()).toEqual(['SettlementSettlePermissions', 'StagesPaymentPermissions']);
  });

  it('has no user pool, and takes tokens of that issuer', () => {
    const [authorizer] = Object.values(resourcesOf('AWS::ApiGatewayV2::Authorizer', deployed));

    expect(resourcesOf('AWS::Cognito::UserPool', deployed)).toEqual({});
    expect(authorizer?.Properties.JwtConfiguration).toEqual({
      Issuer: issuer,
      Audience: ['orders'],
    });
  });
});
