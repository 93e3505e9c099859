import { integer, refuseTrue } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { MessageQueue, QueueSettings } from './message-queue.ts';

/** How a queue of the template is created. */
export function queueKind(
  createQueue: (settings: QueueSettings) => MessageQueue,
  urlOf: (queue: MessageQueue) => string,
): ResourceKind {
  return {
    type: 'AWS::SQS::Queue',
    honoured: [
      ...['DelaySeconds', 'FifoQueue', 'MaximumMessageSize', 'MessageRetentionPeriod', 'QueueName'],
      ...['ReceiveMessageWaitTimeSeconds', 'RedrivePolicy.deadLetterTargetArn'],
      ...['RedrivePolicy.maxReceiveCount', 'VisibilityTimeout'],
    ],
    harmless: ['KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId', 'SqsManagedSseEnabled', 'Tags'],
    create({ logicalId, properties }) {
      const { QueueName: name = logicalId, RedrivePolicy: policy } = properties;
      refuseTrue(properties, 'FifoQueue', 'the local cloud has standard queues only');
      const number = (property: string, fallback: number, min: number, max: number) =>
        integer(properties, property, { fallback, min, max });
      const created = createQueue({
        name,
        visibilityMs: number('VisibilityTimeout', 30, 0, 43_200) * 1000,
        delayMs: number('DelaySeconds', 0, 0, 900) * 1000,
        retentionMs: number('MessageRetentionPeriod', 345_600, 60, 1_209_600) * 1000,
        waitMs: number('ReceiveMessageWaitTimeSeconds', 0, 0, 20) * 1000,
        maxBytes: number('MaximumMessageSize', 1_048_576, 1024, 1_048_576),
        redrive: policy && {
          deadLetterArn: String(policy.deadLetterTargetArn),
          maxReceives: integer(policy, 'maxReceiveCount', { min: 1, max: 1000 }),
        },
      });
      const url = urlOf(created);
      return { ref: url, attributes: { Arn: created.arn, QueueName: name, QueueUrl: url } };
    },
  };
}

/** Says which services may send to a queue. On this machine only what the template wires to it does. */
export const queuePolicyKind: ResourceKind = {
  type: 'AWS::SQS::QueuePolicy',
  honoured: ['PolicyDocument', 'Queues'],
  create({ logicalId, properties: { PolicyDocument } }) {
    for (const { Effect, Condition } of [PolicyDocument?.Statement ?? []].flat()) {
      // `enforceSSL` denies plain HTTP, which never leaves the loopback interface here. No other Deny is evaluated.
      const condition = JSON.stringify(Condition);
      if (Effect !== 'Deny' || condition === '{"Bool":{"aws:SecureTransport":"false"}}') continue;
      const allowed = 'the local cloud knows Bool aws:SecureTransport "false" (enforceSSL)';
      throw new Error(`a Deny statement has the condition ${condition}; ${allowed}`);
    }
    return { ref: logicalId, attributes: { Id: logicalId } };
  },
};
