import { describe, expect, it } from '@jest/globals';
import { type Access, createAccess } from '../../src/iam/access.ts';
import { roleKinds } from '../../src/iam/role.ts';

const role = 'arn:aws:iam::000000000000:role/Role';

/** Deploys a resource of an IAM type. */
function create(access: Access, type: string, properties: object) {
  const kind = roleKinds(access).find((candidate) => candidate.type === type);
  return kind?.create({ logicalId: 'Role', type, path: 'Stack/Role', assembly: '', properties });
}
const statement = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

describe('a role', () => {
  it('may do what its own, attached and managed policies allow, and nothing else', () => {
    const access = createAccess();

    create(access, 'AWS::IAM::Role', {
      AssumeRolePolicyDocument: {},
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      Policies: [{ PolicyName: 'Inline', PolicyDocument: statement('ses:SendEmail') }],
    });
    create(access, 'AWS::IAM::Policy', {
      PolicyName: 'P',
      PolicyDocument: statement('dynamodb:GetItem'),
      Roles: ['Role'],
    });

    for (const action of ['ses:SendEmail', 'dynamodb:GetItem', 'logs:PutLogEvents']) {
      expect(() => access.authorize(role, action, 'arn:any')).not.toThrow();
    }
    expect(() => access.authorize(role, 'dynamodb:PutItem', 'arn:any')).toThrow(/not authorized/);
  });

  it('refuses to be told who may not assume it', () => {
    const Statement = [
      { Effect: 'Deny', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ];

    expect(() =>
      create(createAccess(), 'AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement } }),
    ).toThrow('AssumeRolePolicyDocument has a Deny statement');
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
