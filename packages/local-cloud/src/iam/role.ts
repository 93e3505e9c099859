import { createHash } from 'node:crypto';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import type { Access } from './access.ts';

interface PolicyDocument {
  readonly Statement: unknown;
}

/** The IAM types: `access` checks every AWS call against their policies. */
export function roleKinds(access: Pick<Access, 'attach' | 'trust'>): readonly ResourceKind[] {
  const role: ResourceKind = {
    type: 'AWS::IAM::Role',
    honoured: ['AssumeRolePolicyDocument', 'RoleName', 'Policies', 'ManagedPolicyArns'],
    harmless: ['Description', 'MaxSessionDuration', 'Tags'],
    create({ logicalId, properties }) {
      const {
        RoleName: name = logicalId,
        AssumeRolePolicyDocument,
        Policies = [],
        ManagedPolicyArns = [],
      } = properties;
      const arn = roleArn(name);
      // A role without permissions must be known too: keys of no role are the operator's.
      access.attach(arn, []);
      access.trust(arn, trustedServices(AssumeRolePolicyDocument));
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
      for (const name of Roles) access.attach(roleArn(name), statementsOf(PolicyDocument));
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

/** Conditions are left out: they narrow down whom a service acts for, and there is one account here. */
function trustedServices({ Statement }: Partial<PolicyDocument> = {}): readonly string[] {
  const statements = [Statement ?? []].flat() as {
    readonly Effect?: string;
    readonly Principal?: { readonly Service?: string | string[] };
  }[];
  if (statements.some(({ Effect }) => Effect !== 'Allow')) {
    throw new Error('AssumeRolePolicyDocument has a Deny statement; the local cloud evaluates Allow');
  }
  return statements
    .flatMap(({ Principal }) => Principal?.Service ?? [])
    .map((service) => service.replace(`.${region}.`, '.'));
}

function statementsOf({ Statement }: PolicyDocument): readonly unknown[] {
  return [Statement].flat();
}

function roleArn(name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}
