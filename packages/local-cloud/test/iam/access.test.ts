import { describe, expect, it } from '@jest/globals';
import { createAccess } from '../../src/iam/access.ts';

const role = 'arn:aws:iam::000000000000:role/Accept';
const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/jobs';

/** Asks as the role, with these statements attached. */
function asking(...statements: object[]) {
  const access = createAccess();
  access.attach(role, statements);
  const key = access.accessKeyFor(role);
  return (action: string, resource: string) => () => access.authorize(key, action, resource);
}

describe('access', () => {
  it('lets a role do what a statement allows, and nothing else', () => {
    const ask = asking({ Effect: 'Allow', Action: ['dynamodb:PutItem'], Resource: table });

    expect(ask('dynamodb:PutItem', table)).not.toThrow();
    expect(ask('dynamodb:PutItem', `${table}/index/owner`)).toThrow();
    expect(ask('dynamodb:GetItem', table)).toThrow(
      `User: arn:aws:sts::000000000000:assumed-role/Accept/local is not authorized to perform: dynamodb:GetItem on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`,
    );
  });

  it('refuses with the code that SDKs know', () => {
    const ask = asking();

    expect(ask('dynamodb:GetItem', table)).toThrow(
      expect.objectContaining({ name: 'AccessDeniedException', status: 400 }),
    );
    expect(ask('ses:SendEmail', '*')).toThrow(expect.objectContaining({ status: 403 }));
  });

  it('reads wildcards in actions without case, in resources with it', () => {
    const ask = asking({ Effect: 'Allow', Action: 'dynamodb:get*', Resource: 'arn:*:table/job?' });

    expect(ask('dynamodb:GetItem', table)).not.toThrow();
    expect(ask('dynamodb:GetItem', table.replace('jobs', 'Jobs'))).toThrow();
    expect(ask('dynamodb:GetItem', `${table}x`)).toThrow();
  });

  it('puts a Deny before any Allow', () => {
    const ask = asking(
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'states:*', Resource: '*' },
      { Effect: 'Deny', Action: 'dynamodb:*', Resource: `${table}2` },
    );

    expect(ask('dynamodb:Query', table)).not.toThrow();
    expect(ask('states:StartExecution', '*')).toThrow(/with an explicit deny in an identity-based policy/);
    expect(ask('dynamodb:Query', `${table}2`)).toThrow(/explicit deny/);
  });

  it('evaluates conditions on the keys it knows', () => {
    const allowIf = (Condition: object) =>
      asking({ Effect: 'Allow', Action: '*', Resource: '*', Condition })('dynamodb:Query', table);

    expect(allowIf({ StringEquals: { 'aws:RequestedRegion': ['eu-west-1', 'us-east-1'] } })).not.toThrow();
    expect(allowIf({ StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } })).toThrow();
    expect(allowIf({ StringLike: { 'aws:RequestedRegion': 'us-*' } })).not.toThrow();
    expect(allowIf({ Bool: { 'aws:SecureTransport': 'false' } })).toThrow();
  });

  it("evaluates conditions on what a call brings, and IAM's way where it brings nothing", () => {
    const key = 'ses:FromAddress';
    const isAllowed = (Condition: object, context?: { [key]: string }) => {
      const access = createAccess();
      access.attach(role, [{ Effect: 'Allow', Action: '*', Resource: '*', Condition }]);
      try {
        access.authorize(role, 'ses:SendEmail', '*', context);
        return true;
      } catch {
        return false;
      }
    };
    const ours = 'orders@example.com';

    expect(isAllowed({ StringEquals: { [key]: ours } }, { [key]: ours })).toBe(true);
    expect(isAllowed({ StringEquals: { [key]: ours } }, { [key]: 'boss@example.com' })).toBe(false);
    expect(isAllowed({ StringEquals: { [key]: ours } })).toBe(false);
    expect(isAllowed({ StringEqualsIfExists: { [key]: ours } })).toBe(true);
    expect(isAllowed({ StringNotEquals: { [key]: ours } })).toBe(true);
  });

  it.each([
    [
      'a condition key',
      { StringEquals: { 'dynamodb:LeadingKeys': 'x' } },
      /key dynamodb:LeadingKeys is not evaluated/,
    ],
    [
      'a quantifier',
      { 'ForAllValues:StringEquals': { 'ses:FromAddress': 'x' } },
      /operator ForAllValues:StringEquals is not evaluated/,
    ],
    ['a condition operator', { IpAddress: { 'aws:SourceIp': '::1' } }, /operator IpAddress is not evaluated/],
  ])('refuses %s it does not know, when the policy is attached', (_, Condition, expected) => {
    expect(() => asking({ Effect: 'Allow', Action: '*', Resource: '*', Condition })).toThrow(expected);
  });

  it.each([
    ['a resource', { Resource: `arn:aws:s3:::home/\${aws:username}` }],
    ['a condition', { Condition: { StringLike: { 'aws:RequestedRegion': `\${aws:PrincipalTag/region}` } } }],
  ])('refuses a policy variable in %s', (_, member) => {
    expect(() => asking({ Effect: 'Allow', Action: '*', Resource: '*', ...member })).toThrow(
      /policy variable in \S+ is not evaluated/,
    );
  });

  it('lets a service assume a role that trusts it, and no other', () => {
    const access = createAccess();
    access.trust(role, (service) => service === 'lambda.amazonaws.com');

    expect(() => access.assume(role, 'lambda.amazonaws.com', 'arn:function')).not.toThrow();
    expect(() => access.assume(role, 'states.amazonaws.com', 'arn:machine')).toThrow(
      'Accept does not let states.amazonaws.com assume it for arn:machine',
    );
  });

  it('takes keys of no role for the operator’s', () => {
    const access = createAccess();

    expect(() => access.authorize('AKIALOCAL', 'dynamodb:DeleteTable', table)).not.toThrow();
  });

  it('knows a role by its ARN too, also one without policies', () => {
    const access = createAccess();

    expect(() => access.authorize(role, 'dynamodb:GetItem', table)).toThrow(/not authorized/);
  });
});
