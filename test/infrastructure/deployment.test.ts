import { describe, expect, it } from '@jest/globals';
import { deploymentOf } from '../../lib/deployment.ts';
import { profiles } from '../../lib/profiles.ts';
import { stripeSecretArn } from '../support/stack.ts';

const production = { profile: 'production', sender: 'orders@shop.example', payments: 'sandbox' };

describe('a deployment', () => {
  it.each(Object.keys(profiles))("has its profile in its stack's name: %s", (profile) => {
    expect(deploymentOf({ ...production, profile }).stackName).toBe(`Accepted-${profile}`);
  });

  it('may have a name, an account, a region and tags of its own', () => {
    const given = { name: 'Orders-eu', account: '123456789012', region: 'eu-central-1', tags: 'team=orders' };

    expect(deploymentOf({ ...production, ...given })).toMatchObject({
      stackName: 'Orders-eu-production',
      env: { account: '123456789012', region: 'eu-central-1' },
      tags: { application: 'Orders-eu', profile: 'production', team: 'orders' },
    });
  });

  it('is refused without a profile, whatever else is given', () => {
    const { profile, ...others } = production;

    expect(() => deploymentOf({})).toThrow('-c profile=development or -c profile=production');
    expect(() => deploymentOf(others)).toThrow('-c profile=development or -c profile=production');
  });

  it.each(['staging', '', '__proto__', 'toString'])('is refused for the profile %j', (profile) => {
    expect(() => deploymentOf({ profile })).toThrow(
      `There is no profile '${profile}': -c profile=development or -c profile=production.`,
    );
  });

  it.each(['profil', 'Sender', 'retainData', 'stripesecretArn', 'scope.accept', 'aws-cdk', 'toString'])(
    'is refused for the context key %s, which nothing reads',
    (key) => {
      expect(() => deploymentOf({ ...production, [key]: 'x' })).toThrow(`There is no context key '${key}'`);
    },
  );

  it.each([
    '@aws-cdk/core:explicitStackTags',
    '@aws-cdk-containers/ecs-service-extensions:enableDefaultLogDriver',
    'aws:cdk:enable-path-metadata',
    'aws-cdk:enableDiffNoFail',
    'availability-zones:account=123456789012:region=eu-central-1',
    'hosted-zone:account=123456789012:domainName=example.com:region=eu-central-1',
    'acknowledged-issue-numbers',
    'cli-telemetry',
  ])("takes no notice of the CDK's own key %s", (key) => {
    expect(deploymentOf({ ...production, [key]: true })).toEqual(deploymentOf(production));
  });

  it('is refused with one line for each thing that is wrong', () => {
    const wrong = { profile: 'production', colour: 'red', burst: 'many', region: 'mars' };

    const lines = [
      "region is 'mars': must be an AWS region, for example eu-central-1",
      expect.stringMatching(
        /^There is no context key 'colour'; there are account, .*, scopes\.\*, .*workflow\.$/,
      ),
      expect.stringContaining('-c sender='),
      expect.stringContaining('-c payments=sandbox'),
      "burst is 'many': must be a whole number from 1 to 100000",
    ];
    expect(messageOf(() => deploymentOf(wrong)).split('\n')).toEqual(lines);
  });

  it.each([
    'jobRetentionDays',
    'redriveMinutes',
    'idempotencyRetentionDays',
    'logRetentionDays',
    'ratePerSecond',
    'burst',
  ])('is refused when %s is no number', (name) => {
    expect(() => deploymentOf({ ...production, [name]: 'many' })).toThrow(`${name} is 'many': must be`);
  });

  it.each<[string, Record<string, string>]>([
    ['payments of an unknown kind', { payments: 'cash' }],
    ['Stripe without its secret', { payments: 'stripe' }],
    ['both the sandbox and a secret', { payments: 'sandbox', stripeSecretArn }],
    ['an issuer without an audience', { issuer: 'https://issuer.example' }],
    ['an audience without an issuer', { audience: 'orders' }],
    ['scopes of an unknown operation', { issuer: 'https://x.example', audience: 'a', 'scopes.acept': 'a' }],
    ['a name that CloudFormation refuses', { name: 'my orders' }],
    ['an account that is none', { account: '1234' }],
    ['tags without values', { tags: 'team' }],
  ])('is refused with %s', (_, context) => {
    expect(() => deploymentOf({ profile: 'development', ...context })).toThrow(
      /^(?:payments|tokens|scopes|name|account|tags)\b/,
    );
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('Nothing was thrown.');
}
