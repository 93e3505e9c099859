import { createHash } from 'node:crypto';
import { oneOf, refusal } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account } from '../wire/account.ts';
import type { Access } from './access.ts';
import { statementsOf } from './policy.ts';
import { parseTrust } from './trust.ts';

/** The managed policy that CDK gives functions by itself. */
const managedPolicy = 'service-role/AWSLambdaBasicExecutionRole';
const managedStatement = {
  Effect: 'Allow',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: '*',
};

/** The IAM types: `access` checks every AWS call against their policies. */
export function roleKinds(access: Pick<Access, 'attach' | 'trust'>): readonly ResourceKind[] {
  const names = new Set<string>();
  const arnOf = (name: string) => `arn:aws:iam::${account}:role/${name}`;

  const role: ResourceKind = {
    type: 'AWS::IAM::Role',
    honoured:
      'AssumeRolePolicyDocument ManagedPolicyArns Path Policies.PolicyDocument Policies.PolicyName RoleName'.split(
        ' ',
      ),
    harmless: ['Description', 'MaxSessionDuration', 'Tags'],
    create({ logicalId, properties }) {
      const { RoleName: name = logicalId, Policies = [], ManagedPolicyArns = [] } = properties;
      oneOf(properties, 'Path', ['/'], '/');
      if (names.has(name)) throw refusal('RoleName', name, 'a name that no other role has');
      names.add(name);
      const arn = arnOf(name);
      // A role without permissions must be known too: keys of no role are the operator's.
      access.attach(arn, []);
      access.trust(arn, parseTrust(properties.AssumeRolePolicyDocument ?? {}, arn));
      for (const { PolicyDocument } of Policies) access.attach(arn, statementsOf(PolicyDocument));
      for (const policy of ManagedPolicyArns) {
        if (policy !== `arn:aws:iam::aws:policy/${managedPolicy}`)
          throw new Error(`ManagedPolicyArns has ${policy}; the local cloud knows ${managedPolicy}`);
        access.attach(arn, [managedStatement]);
      }
      const id = `AROA${createHash('sha256').update(arn).digest('hex').slice(0, 17).toUpperCase()}`;
      return { ref: name, attributes: { Arn: arn, RoleId: id } };
    },
  };

  const policy: ResourceKind = {
    type: 'AWS::IAM::Policy',
    honoured: ['PolicyDocument', 'PolicyName', 'Roles'],
    create({ properties: { PolicyDocument, PolicyName, Roles = [] } }) {
      for (const name of Roles) {
        if (!names.has(name)) throw refusal('Roles', name, 'roles of this template');
        access.attach(arnOf(name), statementsOf(PolicyDocument));
      }
      return { ref: PolicyName };
    },
  };

  return [role, policy];
}
