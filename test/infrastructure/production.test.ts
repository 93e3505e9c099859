import { describe, expect, it } from '@jest/globals';
import { functionsOf, resourcesOf, template } from '../support/stack.ts';

const production = template('production');
const all = (type: string, of = production) => Object.entries(resourcesOf(type, of));

/** Types that keep what nobody can make again. */
const kept = [
  'AWS::DynamoDB::Table',
  'AWS::Cognito::UserPool',
  'AWS::SecretsManager::Secret',
  'AWS::Logs::LogGroup',
];

describe('production', () => {
  it.each(kept)('keeps every %s, unless the deployment that created it failed', (type) => {
    // The functions that older executions call keep their logs in any case.
    const policies = all(type)
      .filter(([logicalId]) => !/^(?:Stages|Settlement)/.test(logicalId))
      .map(([, resource]) => [resource.DeletionPolicy, resource.UpdateReplacePolicy]);

    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies) expect(policy).toEqual(['RetainExceptOnCreate', 'Retain']);
  });

  it('keeps dead letters', () => {
    const letters = all('AWS::SQS::Queue').filter(([id]) => /Undelivered|Unprocessed/.test(id));

    expect(letters).toHaveLength(3);
    for (const [, { DeletionPolicy }] of letters) expect(DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('can restore every table to any second, and lets nobody delete one by accident', () => {
    for (const [, { Properties }] of all('AWS::DynamoDB::Table'))
      expect(Properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    for (const [, { Properties }] of all('AWS::Cognito::UserPool'))
      expect(Properties.DeletionProtection).toBe('ACTIVE');
  });

  it('keeps logs for 90 days and allows no other origins', () => {
    for (const [, { Properties }] of all('AWS::Logs::LogGroup')) expect(Properties.RetentionInDays).toBe(90);
    for (const [, { Properties }] of all('AWS::ApiGatewayV2::Api'))
      expect(Properties.CorsConfiguration).toBeUndefined();
  });

  it('leaves at least half of the 1,000 invocations that an account may run to the stages', () => {
    const reserved = all('AWS::Lambda::Function').flatMap(
      ([, { Properties }]) => Properties.ReservedConcurrentExecutions ?? [],
    );

    expect(reserved.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(500);
    const sharing = Object.entries(functionsOf(production))
      .filter(([, { Properties }]) => Properties.ReservedConcurrentExecutions === undefined)
      .map(([name]) => name);
    expect(sharing.filter((name) => !/^(?:Stages|Settlement)/.test(name)).sort()).toEqual([
      'ApiAccept',
      'ApiCancel',
      'ApiRedrive',
    ]);
  });

  it('signs users in with SRP only', () => {
    for (const [, { Properties }] of all('AWS::Cognito::UserPoolClient'))
      expect(Properties.ExplicitAuthFlows).toEqual(['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']);
  });

  it('offers a second factor that is no text message', () => {
    for (const [, { Properties }] of all('AWS::Cognito::UserPool'))
      expect(Properties).toMatchObject({
        MfaConfiguration: 'OPTIONAL',
        EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      });
  });
});

describe.each(['development', 'production'] as const)('in %s', (profile) => {
  const of = template(profile);

  it('an e-mail address is one user in any case, and the only way to recover an account', () => {
    for (const [, { Properties }] of all('AWS::Cognito::UserPool', of))
      expect(Properties).toMatchObject({
        UsernameConfiguration: { CaseSensitive: false },
        AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
        AutoVerifiedAttributes: ['email'],
        Policies: { PasswordPolicy: { MinimumLength: 12 } },
      });
  });

  it('a failed sign-in does not say whether the user exists', () => {
    for (const [, { Properties }] of all('AWS::Cognito::UserPoolClient', of))
      expect(Properties.PreventUserExistenceErrors).toBe('ENABLED');
  });

  it('the log of the state machine has the name that spares a resource policy', () => {
    const names = all('AWS::Logs::LogGroup', of).map(([, { Properties }]) =>
      JSON.stringify(Properties.LogGroupName),
    );

    expect(
      names.filter((name) => name?.includes(`/aws/vendedlogs/states/Accepted-${profile}-`)),
    ).toHaveLength(1);
  });
});
