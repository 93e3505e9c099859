import { account, region } from '../wire/account.ts';
import type { Properties, ResourceKind } from './resource-kind.ts';

/** Types that do nothing on one machine, with what the rest of a template may ask of them. */
export const inertKinds: readonly ResourceKind[] = [
  inert('AWS::CDK::Metadata', 'Analytics'),
  // Nothing here publishes metrics, so alarms never ring.
  inert(
    'AWS::CloudWatch::Alarm',
    `ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions
     EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics
     Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit`,
    ({ AlarmName }, id) => named(AlarmName ?? id, { Arn: arn('cloudwatch', `alarm:${AlarmName ?? id}`) }),
  ),
  inert('AWS::CloudWatch::Dashboard', 'DashboardBody DashboardName', ({ DashboardName }, id) =>
    named(DashboardName ?? id),
  ),
  // For people, who may do everything here. Attached to a role of a function it would count, so that is refused.
  inert('AWS::IAM::ManagedPolicy', 'Description ManagedPolicyName Path PolicyDocument', (properties, id) => {
    const { ManagedPolicyName: name = id } = properties;
    return named(`arn:aws:iam::${account}:policy/${name}`);
  }),
  inert('AWS::KMS::Alias', 'AliasName TargetKeyId', ({ AliasName }, id) => named(AliasName ?? id)),
  // Nothing is encrypted here. A disabled key would stop what uses it, so Enabled is not among these.
  inert(
    'AWS::KMS::Key',
    `BypassPolicyLockoutSafetyCheck Description EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion Origin
     PendingWindowInDays RotationPeriodInDays Tags`,
    (_, id) => named(id, { Arn: arn('kms', `key/${id}`), KeyId: id }),
  ),
  inert(
    'AWS::Logs::MetricFilter',
    'ApplyOnTransformedLogs FilterName FilterPattern LogGroupName MetricTransformations',
  ),
  inert(
    'AWS::SNS::Topic',
    'DataProtectionPolicy DeliveryStatusLogging DisplayName KmsMasterKeyId Tags TopicName TracingConfig',
    ({ TopicName }, id) => {
      const topic = { TopicArn: arn('sns', TopicName ?? id), TopicName: TopicName ?? id };
      return named(topic.TopicArn, topic);
    },
  ),
  inert('AWS::SNS::TopicPolicy', 'PolicyDocument Topics'),
  // Only alarms publish to topics here, and they never ring. A function or a queue would wait in vain.
  inert('AWS::SNS::Subscription', 'Endpoint Protocol TopicArn', ({ Protocol }, id) => {
    if (['email', 'email-json', 'sms'].includes(Protocol)) return named(id);
    throw new Error(`Protocol is ${Protocol}; the local cloud has no SNS and knows email, email-json, sms`);
  }),
];

/** @param properties Names between spaces. */
function inert(
  type: string,
  properties: string,
  identity: (properties: Properties, logicalId: string) => ReturnType<typeof named> = (_, id) => named(id),
): ResourceKind {
  const create: ResourceKind['create'] = (resource) => identity(resource.properties, resource.logicalId);
  return { type, honoured: [], harmless: properties.split(/\s+/), create };
}

function named(ref: string, attributes: Readonly<Record<string, string>> = {}) {
  return { ref, attributes };
}

function arn(service: string, rest: string): string {
  return `arn:aws:${service}:${region}:${account}:${rest}`;
}
