import { createHash } from 'node:crypto';
import { account, type Cloud, type ResourceKind, region } from '../wire/cloud.ts';

interface PolicyDocument {
  readonly Statement: unknown;
}

/** `AWS::IAM::Role`: its policies are enforced at every AWS call (see access.ts). */
const role: ResourceKind = {
  type: 'AWS::IAM::Role',
  honoured: ['AssumeRolePolicyDocument', 'RoleName', 'Policies', 'ManagedPolicyArns'],
  harmless: ['Description', 'MaxSessionDuration', 'Tags'],
  create({ logicalId, properties, path }, cloud) {
    const name: string = properties.RoleName ?? logicalId;
    const arn = roleArn(name);
    // Even a role that may do nothing must be known: a key of no role is the operator's.
    cloud.access.attach(arn, []);
    cloud.access.trust(arn, trustedServices(properties.AssumeRolePolicyDocument));
    for (const { PolicyDocument } of properties.Policies ?? []) {
      cloud.access.attach(arn, statementsOf(PolicyDocument));
    }
    for (const policyArn of properties.ManagedPolicyArns ?? []) {
      const statements = managedPolicies(cloud).get(policyArn) ?? awsManaged(policyArn, path);
      cloud.access.attach(arn, statements);
    }
    const id = `AROA${createHash('sha256').update(arn).digest('hex').slice(0, 17).toUpperCase()}`;
    return { ref: name, attributes: { Arn: arn, RoleId: id } };
  },
};

const policy: ResourceKind = {
  type: 'AWS::IAM::Policy',
  honoured: ['PolicyDocument', 'PolicyName', 'Roles'],
  create({ properties }, cloud) {
    attachToRoles(properties.Roles, properties.PolicyDocument, cloud);
    return { ref: properties.PolicyName };
  },
};

const managedPolicy: ResourceKind = {
  type: 'AWS::IAM::ManagedPolicy',
  honoured: ['PolicyDocument', 'ManagedPolicyName', 'Roles'],
  harmless: ['Description'],
  create({ logicalId, properties }, cloud) {
    const arn = `arn:aws:iam::${account}:policy/${properties.ManagedPolicyName ?? logicalId}`;
    managedPolicies(cloud).set(arn, statementsOf(properties.PolicyDocument));
    attachToRoles(properties.Roles, properties.PolicyDocument, cloud);
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
};

/** The IAM types. */
export const roleKinds: readonly ResourceKind[] = [role, policy, managedPolicy];

/** Customer managed policies by ARN, of each cloud. */
const stores = new WeakMap<Cloud, Map<string, readonly unknown[]>>();

function managedPolicies(cloud: Cloud): Map<string, readonly unknown[]> {
  const store = stores.get(cloud) ?? new Map();
  stores.set(cloud, store);
  return store;
}

const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const xray = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
const insights = [...logs, ...xray, 'xray:GetSamplingRules', 'xray:GetSamplingTargets'];

/** AWS's own policies by the end of their ARN, as far as templates use them. */
const awsPolicies: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': logs,
  AWSXRayDaemonWriteAccess: xray,
  CloudWatchLambdaInsightsExecutionRolePolicy: insights,
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': logs,
};

function awsManaged(arn: string, path: string): readonly unknown[] {
  const actions = awsPolicies[arn.replace('arn:aws:iam::aws:policy/', '')];
  if (!actions) {
    const known = Object.keys(awsPolicies).join(', ');
    throw new Error(`${path}: what the managed policy ${arn} allows is not known here; known: ${known}`);
  }
  return [{ Effect: 'Allow', Action: actions, Resource: '*' }];
}

function attachToRoles(names: readonly string[] = [], document: PolicyDocument, cloud: Cloud): void {
  for (const name of names) cloud.access.attach(roleArn(name), statementsOf(document));
}

/** Conditions are left out: they narrow down for whom a service acts, and there is one account here. */
function trustedServices({ Statement }: Partial<PolicyDocument> = {}): readonly string[] {
  return ([Statement ?? []].flat() as { Effect?: string; Principal?: { Service?: string | string[] } }[])
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Principal }) => Principal?.Service ?? [])
    .map((service) => service.replace(`.${region}.`, '.'));
}

function statementsOf({ Statement }: PolicyDocument): readonly unknown[] {
  return [Statement].flat();
}

function roleArn(name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}
