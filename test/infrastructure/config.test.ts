import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { configOf, type Overrides } from '../../lib/config-of.ts';
import { profiles } from '../../lib/profiles.ts';
import {
  functionNamed,
  functionsOf,
  issuer,
  nameOf,
  resourcesOf,
  stripeSecretArn,
  template,
  textOf,
} from '../support/stack.ts';

const tokens = { issuer: 'https://issuer.example', audience: ['a'] };

describe('a configuration', () => {
  it('is the profile with single values overridden', () => {
    expect(configOf('development')).toEqual(profiles.development);
    const chosen = { sender: 'orders@shop.example', payments: { provider: 'sandbox' } } as const;
    expect(configOf('production', chosen)).toEqual({ ...profiles.production, ...chosen });
  });

  it('is refused in production without a sender', () => {
    expect(() => configOf('production')).toThrow('-c sender=');
  });

  it('is refused in production without a choice of payments', () => {
    expect(() => configOf('production', { sender: 'orders@shop.example' })).toThrow('-c payments=sandbox');
  });

  it.each<[string, Overrides]>([
    ['sender', { sender: 'orders' }],
    ['logRetentionDays', { logRetentionDays: 31 }],
    ['logRetentionDays', { logRetentionDays: Number.NaN }],
    ['tokens', { tokens: { issuer: 'nowhere', audience: ['a'] } }],
    ['tokens', { tokens: { issuer: 'https://issuer.example', audience: [] } }],
    ['tokens', { tokens: { issuer: 'https://issuer.example', audience: [''] } }],
    ['payments', { payments: { provider: 'cash' } }],
    ['payments', { payments: { provider: 'stripe' } }],
    ['full ARN', { payments: { provider: 'stripe', secretArn: 'stripe' } }],
    ['full ARN', { payments: { provider: 'stripe', secretArn: stripeSecretArn.slice(0, -7) } }],
    ['scopes', { scopes: { accept: ['aws.cognito.signin.user.admin', 'orders/write'], order: ['x'] } }],
    ['scopes', { tokens, scopes: { accept: [] } }],
    ['scopes', { tokens, scopes: { accept: [''] } }],
    ['scopes', { tokens, scopes: { accept: ['two words'] } }],
    ['scopes', { tokens, scopes: { openapi: ['orders/read'] } }],
    ['scopes', { tokens, scopes: { acept: ['orders/write'] } }],
    ['concurrency.api/status', { concurrency: { 'api/status': 0 } }],
    ['webhookPorts', { webhookPorts: [] }],
    ['webhookPorts.1', { webhookPorts: [443, 65_536] }],
    ['webhookPorts.0', { webhookPorts: ['https'] }],
    ['monitoring', { monitoring: 'yes' }],
    ['alarmEmail', { monitoring: 'true', alarmEmail: 'on-call' }],
    ['colour', { colour: 'red' } as Overrides],
  ])('is refused for a wrong %s, and names it', (name, overrides) => {
    expect(() => configOf('development', overrides)).toThrow(name);
  });
});

it('a secret that is given in place of its ARN does not appear in the error', () => {
  const payments = { provider: 'stripe', secretArn: 'sk_live_51' };

  expect(() => configOf('development', { payments })).toThrow(
    /^(?!.*sk_live).*payments\.secretArn must be the full ARN/,
  );
});

describe.each([
  ['jobRetentionDays', 15, 3_650],
  ['redriveMinutes', 1, 18_720],
  ['idempotencyRetentionDays', 1, 3_650],
  ['ratePerSecond', 1, 100_000],
  ['burst', 1, 100_000],
  ['maxWaitSeconds', 0, 20],
] as const)('%s', (name, least, most) => {
  /** Its value when this is given. Jobs are kept longest, so that every retention of idempotency keys is allowed. */
  const configured = (given: unknown) =>
    configOf('development', { jobRetentionDays: 3_650, [name]: given })[name];
  const refusal = (given: unknown) =>
    `${name} is ${inspect(given)}: must be a whole number from ${least} to ${most}`;

  it('is a whole number within its limits, given as a number or as text', () => {
    const valid = fc.integer({ min: Math.max(least, 7), max: most });

    fc.assert(
      fc.property(valid, (value) =>
        expect([configured(value), configured(`${value}`)]).toEqual([value, value]),
      ),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 20.5, least - 1, most + 1, null, [20], true])(
    'is refused as %p, naming the value and the limits',
    (given) => {
      expect(() => configured(given)).toThrow(refusal(given));
    },
  );

  it('is refused as any other text, naming the text and the limits', () => {
    const others = fc.oneof(
      fc.string().filter((text) => !/^\d+$/.test(text)),
      fc.constantFrom('', ' 20', '20 days', '2e1', '0x20', '20.0', '-20', 'NaN', 'Infinity', '٢٠'),
    );

    fc.assert(fc.property(others, (text) => expect(() => configured(text)).toThrow(refusal(text))));
  });
});

describe('a public base', () => {
  it.each([
    { publicUrl: 'https://api.example.com' },
    { publicUrl: 'https://api.example.com:8443/shop/v1' },
    { publicLiveUrl: 'wss://live.example.com/v1' },
  ])('may be %j', (given) => {
    expect(configOf('development', given)).toMatchObject(given);
  });

  it.each([
    ['publicUrl', 'http://api.example.com/v1'],
    ['publicUrl', 'wss://api.example.com/v1'],
    ['publicUrl', 'https://api.example.com/v1/'],
    ['publicUrl', 'https://api.example.com/'],
    ['publicUrl', 'https://api.example.com/v1?stage=x'],
    ['publicUrl', 'https://api.example.com/v1?'],
    ['publicUrl', 'https://api.example.com/v1#x'],
    ['publicUrl', 'https://ada:secret@api.example.com/v1'],
    ['publicUrl', 'https://api.example.com/v 1'],
    ['publicUrl', 'https://'],
    ['publicUrl', '/v1'],
    ['publicUrl', 'api.example.com/v1'],
    ['publicUrl', ''],
    ['publicLiveUrl', 'https://live.example.com/v1'],
    ['publicLiveUrl', 'ws://live.example.com/v1'],
    ['publicLiveUrl', 'wss://live.example.com/v1/'],
  ])('is refused when %s is %j', (name, given) => {
    expect(() => configOf('development', { [name]: given })).toThrow(
      `${name} is '${given}': must be a ${name === 'publicUrl' ? 'https' : 'wss'}:// URL without user, query, fragment`,
    );
  });
});

it("the stack's own user pool grants one scope", () => {
  const scopes = { accept: ['aws.cognito.signin.user.admin'] };

  expect(configOf('development', { scopes })).toMatchObject({ scopes });
  expect(() => configOf('development', { scopes: { accept: ['orders/write'] } })).toThrow('-c issuer=');
});

it('an idempotency key may not outlive its job', () => {
  expect(() => configOf('development', { idempotencyRetentionDays: 31 })).toThrow(
    'jobRetentionDays is 30: must not be less than idempotencyRetentionDays',
  );
});

describe('a deployment with options of its own', () => {
  const deployed = template('customized');

  it('charges through Stripe: payment and settlement alone can read the secret and use the ledger', () => {
    const allowed = Object.entries(resourcesOf('AWS::IAM::Policy', deployed)).flatMap(
      ([logicalId, { Properties }]) =>
        (Properties.PolicyDocument.Statement as { Action: string; Resource: object }[])
          .filter(({ Resource }) => /TablesLedger|secret:stripe/.test(JSON.stringify(Resource)))
          .map(({ Action }) => `${nameOf(logicalId)} ${Action}`),
    );

    expect(functionNamed('StagesPayment', deployed).Environment.Variables).toMatchObject({
      PAYMENT_PROVIDER: 'stripe',
      STRIPE_SECRET_ARN: stripeSecretArn,
      LEDGER_TABLE: { Ref: expect.stringContaining('TablesLedger') },
    });
    expect(allowed.sort()).toEqual([
      'SettlementSettlePermissions dynamodb:PutItem',
      'SettlementSettlePermissions secretsmanager:GetSecretValue',
      'StagesPaymentPermissions dynamodb:GetItem',
      'StagesPaymentPermissions dynamodb:PutItem',
      'StagesPaymentPermissions secretsmanager:GetSecretValue',
    ]);
  });

  it('accepts tokens of its own issuer, and has no user pool', () => {
    const [authorizer] = Object.values(resourcesOf('AWS::ApiGatewayV2::Authorizer', deployed));

    expect(resourcesOf('AWS::Cognito::UserPool', deployed)).toEqual({});
    expect(authorizer?.Properties.JwtConfiguration).toEqual({
      Issuer: issuer,
      Audience: ['orders', 'shop'],
    });
  });

  it('asks for its scopes, on every route or on one', () => {
    const scopesOf = (key: string) =>
      Object.values(resourcesOf('AWS::ApiGatewayV2::Route', deployed)).find(
        ({ Properties }) => Properties.RouteKey === key,
      )?.Properties.AuthorizationScopes;

    expect(scopesOf('POST /orders')).toEqual(['orders/write', 'orders/all']);
    expect(scopesOf('GET /orders/{orderId}')).toEqual(['orders/all']);
    expect(scopesOf('GET /openapi.json')).toBeUndefined();
    expect(scopesOf('GET /{proxy+}')).toBeUndefined();
  });

  it('gives URLs below its public base, from every function that gives any', () => {
    const variables = Object.values(functionsOf(deployed)).map(
      ({ Properties }) => Properties.Environment?.Variables ?? {},
    );
    const values = (name: string) => new Set(variables.flatMap(({ [name]: value }) => value ?? []));

    expect(values('API_URL')).toEqual(new Set(['https://api.shop.example/v1']));
    expect(values('LIVE_URL')).toEqual(new Set(['wss://live.shop.example/v1']));
  });

  it('limits how long and how many status requests wait, and waits on the stage itself', () => {
    const { Environment, Timeout, ReservedConcurrentExecutions } = functionNamed('ApiStatus', deployed);

    expect(Environment.Variables.MAX_WAIT_SECONDS).toBe('10');
    expect(textOf(Environment.Variables.STAGE_LIVE_URL)).toMatch(/^wss:\/\/<LiveApi>.*\/live$/);
    expect(Timeout).toBe(19);
    expect(ReservedConcurrentExecutions).toBe(40);
  });

  it('is called by pages of its origins', () => {
    const origins = Object.values(resourcesOf('AWS::ApiGatewayV2::Api', deployed)).flatMap(
      ({ Properties }) => Properties.CorsConfiguration?.AllowOrigins ?? [],
    );

    expect(origins).toEqual(['https://shop.example', 'https://www.shop.example']);
  });

  it('has its own retentions and throttles', () => {
    expect(functionNamed('ApiAccept', deployed).Environment.Variables).toMatchObject({
      JOB_RETENTION_DAYS: '60',
      IDEMPOTENCY_RETENTION_DAYS: '14',
    });
    for (const { Properties } of Object.values(resourcesOf('AWS::Logs::LogGroup', deployed)))
      expect(Properties.RetentionInDays).toBe(365);
    for (const { Properties } of Object.values(resourcesOf('AWS::ApiGatewayV2::Stage', deployed)))
      expect(Properties.DefaultRouteSettings).toMatchObject({
        ThrottlingRateLimit: 50,
        ThrottlingBurstLimit: 70,
      });
  });
});
