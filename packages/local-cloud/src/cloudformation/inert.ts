import { account, type Resource, type ResourceKind, region } from '../wire/cloud.ts';

/** Types that do nothing on one machine, and what the rest of a template may ask of them. */
export const inertKinds: readonly ResourceKind[] = [
  inert('AWS::CDK::Metadata'),
  inert('AWS::CloudWatch::Alarm', withArn('cloudwatch', 'alarm:', 'AlarmName')),
  inert('AWS::CloudWatch::AnomalyDetector'),
  inert('AWS::CloudWatch::CompositeAlarm', withArn('cloudwatch', 'alarm:', 'AlarmName')),
  inert('AWS::CloudWatch::Dashboard', named('DashboardName')),
  inert('AWS::KMS::Alias', named('AliasName')),
  inert('AWS::KMS::Key', ({ logicalId }) => {
    return { ref: logicalId, attributes: { Arn: arn('kms', `key/${logicalId}`), KeyId: logicalId } };
  }),
  // Who may invoke a function: on this machine only what the template wires to it does.
  inert('AWS::Lambda::Permission'),
  inert('AWS::Logs::LogGroup', ({ logicalId, properties }) => {
    const name = properties.LogGroupName ?? logicalId;
    return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
  }),
  inert('AWS::Logs::MetricFilter'),
  inert('AWS::Logs::QueryDefinition'),
  inert('AWS::Logs::ResourcePolicy'),
  // Only alarms publish here, and alarms never ring.
  inert('AWS::SNS::Subscription'),
  inert('AWS::SNS::Topic', ({ logicalId, properties }) => {
    const name = properties.TopicName ?? logicalId;
    const topic = arn('sns', name);
    return { ref: topic, attributes: { TopicArn: topic, TopicName: name } };
  }),
  inert('AWS::SNS::TopicPolicy'),
  inert('AWS::XRay::Group'),
  inert('AWS::XRay::SamplingRule'),
  inert('AWS::XRay::TransactionSearchConfig'),
];

type Identity = (resource: Resource) => { ref: string; attributes?: Record<string, string> };

function inert(type: string, create: Identity = ({ logicalId }) => ({ ref: logicalId })): ResourceKind {
  return { type, honoured: [], harmless: ['*'], create };
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
