import { account, region } from '../wire/account.ts';
import type { Resource, ResourceKind } from './resource-kind.ts';

/** Types that do nothing on one machine, with what the rest of a template may ask of them. */
export const inertKinds: readonly ResourceKind[] = [
  inert('AWS::CDK::Metadata', 'Analytics'),
  // Nothing here publishes metrics, so alarms never ring.
  inert(
    'AWS::CloudWatch::Alarm',
    `ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions
     EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics
     Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit`,
    withArn('cloudwatch', 'alarm:', 'AlarmName'),
  ),
  inert(
    'AWS::CloudWatch::CompositeAlarm',
    `ActionsEnabled ActionsSuppressor ActionsSuppressorExtensionPeriod ActionsSuppressorWaitPeriod AlarmActions
     AlarmDescription AlarmName AlarmRule InsufficientDataActions OKActions Tags`,
    withArn('cloudwatch', 'alarm:', 'AlarmName'),
  ),
  inert('AWS::CloudWatch::Dashboard', 'DashboardBody DashboardName', named('DashboardName')),
  inert('AWS::KMS::Alias', 'AliasName TargetKeyId', named('AliasName')),
  // Nothing is encrypted here. A disabled key would stop what uses it, so Enabled is not among these.
  inert(
    'AWS::KMS::Key',
    `BypassPolicyLockoutSafetyCheck Description EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion Origin
     PendingWindowInDays RotationPeriodInDays Tags`,
    ({ logicalId }) => {
      return { ref: logicalId, attributes: { Arn: arn('kms', `key/${logicalId}`), KeyId: logicalId } };
    },
  ),
  // Says who may invoke a function: on this machine only what the template wires to it does.
  inert(
    'AWS::Lambda::Permission',
    'Action EventSourceToken FunctionName Principal PrincipalOrgID SourceAccount SourceArn',
  ),
  inert(
    'AWS::Logs::MetricFilter',
    'ApplyOnTransformedLogs FilterName FilterPattern LogGroupName MetricTransformations',
  ),
  inert(
    'AWS::SNS::Topic',
    'DataProtectionPolicy DeliveryStatusLogging DisplayName KmsMasterKeyId Tags TopicName TracingConfig',
    ({ logicalId, properties: { TopicName: name = logicalId } }) => {
      const topic = arn('sns', name);
      return { ref: topic, attributes: { TopicArn: topic, TopicName: name } };
    },
  ),
  inert('AWS::SNS::TopicPolicy', 'PolicyDocument Topics'),
  snsSubscription(),
];

/** Only alarms publish to topics here, and they never ring. A function or a queue would wait in vain. */
function snsSubscription(): ResourceKind {
  const people = ['email', 'email-json', 'sms'];
  return {
    type: 'AWS::SNS::Subscription',
    honoured: ['Protocol'],
    harmless: ['Endpoint', 'TopicArn'],
    create({ logicalId, properties: { Protocol } }) {
      if (people.includes(Protocol)) return { ref: logicalId };
      throw new Error(`Protocol is ${Protocol}; the local cloud has no SNS and knows ${people.join(', ')}`);
    },
  };
}

type Identity = (resource: Resource) => { ref: string; attributes?: Record<string, string> };

/** @param properties Names between spaces. */
function inert(
  type: string,
  properties: string,
  create: Identity = ({ logicalId }) => ({ ref: logicalId }),
): ResourceKind {
  return { type, honoured: [], harmless: properties.split(/\s+/), create };
}

function named(property: string): Identity {
  return ({ logicalId, properties }) => ({ ref: properties[property] ?? logicalId });
}

function withArn(service: string, prefix: string, property: string): Identity {
  return ({ logicalId, properties }) => {
    const name = properties[property] ?? logicalId;
    return { ref: name, attributes: { Arn: arn(service, `${prefix}${name}`) } };
  };
}

function arn(service: string, rest: string): string {
  return `arn:aws:${service}:${region}:${account}:${rest}`;
}
