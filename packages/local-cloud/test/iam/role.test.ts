import { describe, expect, it } from '@jest/globals';
import { type Access, createAccess } from '../../src/iam/access.ts';
import { roleKinds } from '../../src/iam/role.ts';
import { deployResource } from '../support/deploy-resources.ts';

const role = 'arn:aws:iam::000000000000:role/Role';

/** Deploys a resource of an IAM type. */
function create(access: Access, type: string, properties: object, kinds = roleKinds(access)) {
  const kind = kinds.find((candidate) => candidate.type === type);
  return kind?.create({ logicalId: 'Role', type, path: 'Stack/Role', assembly: '', properties });
}
const statement = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

describe('a role', () => {
  it('may do what its own, attached and managed policies allow, and nothing else', () => {
    const access = createAccess();
    const kinds = roleKinds(access);

    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'];
    const Policies = [{ PolicyName: 'Inline', PolicyDocument: statement('ses:SendEmail') }];
    const attached = { PolicyName: 'P', PolicyDocument: statement('dynamodb:GetItem'), Roles: ['Role'] };
    create(access, 'AWS::IAM::Role', { ManagedPolicyArns, Policies }, kinds);
    create(access, 'AWS::IAM::Policy', attached, kinds);

    for (const action of ['ses:SendEmail', 'dynamodb:GetItem', 'logs:PutLogEvents']) {
      expect(() => access.authorize(role, action, 'arn:any')).not.toThrow();
    }
    expect(() => access.authorize(role, 'dynamodb:PutItem', 'arn:any')).toThrow(/not authorized/);
  });

  it('without policies may do nothing', () => {
    const access = createAccess();

    create(access, 'AWS::IAM::Role', { AssumeRolePolicyDocument: {} });

    expect(() => access.authorize(access.accessKeyFor(role), 'ses:SendEmail', '*')).toThrow(/not authorized/);
  });

  it('is refused with a managed policy whose permissions are not known here', () => {
    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess'];

    expect(() =>
      create(createAccess(), 'AWS::IAM::Role', { AssumeRolePolicyDocument: {}, ManagedPolicyArns }),
    ).toThrow(
      'ManagedPolicyArns has arn:aws:iam::aws:policy/AdministratorAccess; the local cloud knows service-role/AWSLambdaBasicExecutionRole',
    );
  });
});

describe('a trust policy', () => {
  const machine = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
  const allow = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { Service: 'states.amazonaws.com' },
  };
  function trusts(...Statement: object[]): boolean {
    const access = createAccess();
    create(access, 'AWS::IAM::Role', { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement } });
    try {
      access.assume(role, 'states.amazonaws.com', machine('Orders'));
      return true;
    } catch {
      return false;
    }
  }

  it.each([
    ['the service', [allow], true],
    ['its regional name', [{ ...allow, Principal: { Service: ['states.us-east-1.amazonaws.com'] } }], true],
    ['another service', [{ ...allow, Principal: { Service: 'lambda.amazonaws.com' } }], false],
    ['other accounts', [{ ...allow, Principal: { AWS: '*' } }], false],
    ['another action', [{ ...allow, Action: 'sts:TagSession' }], false],
    [
      'this account',
      [{ ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '000000000000' } } }],
      true,
    ],
    ['another account', [{ ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }], false],
    ['its resource', [{ ...allow, Condition: { ArnLike: { 'aws:SourceArn': machine('*') } } }], true],
    ['another resource', [{ ...allow, Condition: { ArnLike: { 'aws:SourceArn': machine('X') } } }], false],
    ['it, and denies it', [allow, { ...allow, Effect: 'Deny' }], false],
    ['it, and denies another', [allow, { ...allow, Effect: 'Deny', Principal: { Service: 'x' } }], true],
  ])('that lets %s is evaluated', (_, statements, expected) => {
    expect(trusts(...statements)).toBe(expected);
  });
});

describe('what IAM would not take, or the local cloud would not evaluate', () => {
  const policyOf = (more: object) => ({
    AssumeRolePolicyDocument: {},
    Policies: [{ PolicyName: 'Inline', PolicyDocument: { Statement: [{ ...allowAll, ...more }] } }],
  });
  const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' };
  const trust = (more: object) => ({
    AssumeRolePolicyDocument: { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', ...more } },
  });

  it.each([
    ['a permissions boundary', { PermissionsBoundary: 'arn:b' }, 'PermissionsBoundary of AWS::IAM::Role'],
    ['a path', { Path: '/service/' }, 'Path is "/service/"; allowed: /'],
    ['a misspelt policy', { Policies: [{ Name: 'x' }] }, 'Policies.Name of AWS::IAM::Role'],
    ['policies that are none', { Policies: 'x' }, 'Policies = x of AWS::IAM::Role'],
    ['NotAction', policyOf({ NotAction: 'sqs:*' }), 'NotAction is not evaluated'],
    ['NotResource', policyOf({ NotResource: '*' }), 'NotResource is not evaluated'],
    ['no action', policyOf({ Action: [] }), 'Action is missing'],
    [
      'an action without a service',
      policyOf({ Action: 'GetItem' }),
      'Action is "GetItem"; allowed: service:action',
    ],
    ['a resource that is no ARN', policyOf({ Resource: 'jobs' }), 'Resource is "jobs"; allowed: an ARN, *'],
    ['a principal', policyOf({ Principal: '*' }), 'Principal is not evaluated'],
    ['another effect', policyOf({ Effect: 'allow' }), 'Effect is "allow"; allowed: Allow, Deny'],
    [
      'NotBool',
      policyOf({ Condition: { BoolNotEquals: { 'aws:SecureTransport': 'true' } } }),
      'BoolNotEquals',
    ],
    ['Null', policyOf({ Condition: { Null: { 'aws:SourceArn': 'true' } } }), 'condition operator Null'],
    [
      'another version',
      { AssumeRolePolicyDocument: { Version: '2020-01-01', Statement: [] } },
      'Version is "2020-01-01"; allowed: 2012-10-17, 2008-10-17',
    ],
    ['everybody as principal', trust({ Principal: '*' }), 'Principal is *; allowed: Service, AWS'],
    ['NotPrincipal', trust({ NotPrincipal: { Service: 'x' } }), 'Principal is undefined'],
    [
      'an external id',
      trust({ Principal: { Service: 'x' }, Condition: { StringEquals: { 'sts:ExternalId': '1' } } }),
      'condition key sts:ExternalId is not evaluated',
    ],
  ])('%s is refused, naming the role', async (_, properties, message) => {
    const deployed = deployResource(roleKinds(createAccess()), 'AWS::IAM::Role', {
      AssumeRolePolicyDocument: {},
      ...properties,
    });

    await expect(deployed).rejects.toThrow(message);
    await expect(deployed).rejects.toThrow('Stack/Subject');
  });

  it('a policy of a role from elsewhere is refused', async () => {
    const properties = { PolicyName: 'P', PolicyDocument: { Statement: [] }, Roles: ['Elsewhere'] };

    await expect(deployResource(roleKinds(createAccess()), 'AWS::IAM::Policy', properties)).rejects.toThrow(
      'Stack/Subject: Roles is "Elsewhere"; allowed: roles of this template',
    );
  });
});
