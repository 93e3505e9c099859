import { createHash } from 'node:crypto';
import { oneOf, refusal } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account } from '../wire/account.ts';
import type { Access } from './access.ts';
import { statementsOf } from './policy.ts';
import { parseTrust } from './trust.ts';

/** The IAM types: `access` checks every AWS call against their policies. */
export function roleKinds(access: Pick<Access, 'attach' | 'trust'>): readonly ResourceKind[] {
  const names = new Set<string>();

  const role: ResourceKind = {
    type: 'AWS::IAM::Role',
    honoured: [
      ...['AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Path', 'RoleName'],
      ...['Policies.PolicyDocument', 'Policies.PolicyName'],
    ],
    harmless: ['Description', 'MaxSessionDuration', 'Tags'],
    create({ logicalId, properties }) {
      const {
        RoleName: name = logicalId,
        AssumeRolePolicyDocument = {},
        Policies = [],
        ManagedPolicyArns = [],
      } = properties;
      oneOf(properties, 'Path', ['/'], '/');
      if (names.has(name)) throw refusal('RoleName', name, 'a name that no other role has');
      names.add(name);
      const arn = roleArn(name);
      // A role without permissions must be known too: keys of no role are the operator's.
      access.attach(arn, []);
      access.trust(arn, parseTrust(AssumeRolePolicyDocument, arn));
      for (const { PolicyDocument } of Policies) access.attach(arn, statementsOf(PolicyDocument));
      for (const policyArn of ManagedPolicyArns) access.attach(arn, [managedStatement(policyArn)]);
      const id = `AROA${createHash('sha256').update(arn).digest('hex').slice(0, 17).toUpperCase()}`;
      return { ref: name, attributes: { Arn: arn, RoleId: id } };
    },
  };

  const policy: ResourceKind = {
    type: 'AWS::IAM::Policy',
    honoured: ['PolicyDocument', 'PolicyName', 'Roles'],
    create({ properties }) {
      const { PolicyDocument, PolicyName, Roles = [] } = properties;
      for (const name of Roles) {
        if (!names.has(name)) throw refusal('Roles', name, 'roles of this template');
        access.attach(roleArn(name), statementsOf(PolicyDocument));
      }
      return { ref: PolicyName };
    },
  };

  return [role, policy];
}

/** The managed policies that CDK gives functions by itself, by the end of their ARN. */
const managedPolicies: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
};

function managedStatement(arn: string): object {
  const Action = managedPolicies[arn.replace('arn:aws:iam::aws:policy/', '')];
  if (!Action) {
    const known = Object.keys(managedPolicies).join(', ');
    throw new Error(`ManagedPolicyArns has ${arn}; the local cloud knows ${known}`);
  }
  return { Effect: 'Allow', Action, Resource: '*' };
}

function roleArn(name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}
