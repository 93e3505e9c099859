import { account, region } from '../wire/account.ts';
import type { Resource, ResourceKind } from './resource-kind.ts';

/** Types that do nothing on one machine, with what the rest of a template may ask of them. */
export const inertKinds: readonly ResourceKind[] = [
  inert('AWS::CDK::Metadata'),
  // Nothing here publishes metrics, so alarms never ring.
  inert('AWS::CloudWatch::Alarm', withArn('cloudwatch', 'alarm:', 'AlarmName')),
  inert('AWS::CloudWatch::CompositeAlarm', withArn('cloudwatch', 'alarm:', 'AlarmName')),
  inert('AWS::CloudWatch::Dashboard', named('DashboardName')),
  inert('AWS::KMS::Alias', named('AliasName')),
  inert('AWS::KMS::Key', ({ logicalId }) => {
    return { ref: logicalId, attributes: { Arn: arn('kms', `key/${logicalId}`), KeyId: logicalId } };
  }),
  // Says who may invoke a function: on this machine only what the template wires to it does.
  inert('AWS::Lambda::Permission'),
  inert('AWS::Logs::MetricFilter'),
  inert('AWS::SNS::Topic', ({ logicalId, properties }) => {
    const name = properties.TopicName ?? logicalId;
    const topic = arn('sns', name);
    return { ref: topic, attributes: { TopicArn: topic, TopicName: name } };
  }),
  inert('AWS::SNS::TopicPolicy'),
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
