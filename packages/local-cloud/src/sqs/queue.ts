import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { integerParameter } from './integer-parameter.ts';
import type { MessageQueue, QueueSettings } from './message-queue.ts';

/** How a queue of the template is created. */
export function queueKind(
  createQueue: (settings: QueueSettings) => MessageQueue,
  urlOf: (queue: MessageQueue) => string,
): ResourceKind {
  return {
    type: 'AWS::SQS::Queue',
    honoured: [
      'DelaySeconds',
      'FifoQueue',
      'MaximumMessageSize',
      'MessageRetentionPeriod',
      'QueueName',
      'ReceiveMessageWaitTimeSeconds',
      'RedrivePolicy.deadLetterTargetArn',
      'RedrivePolicy.maxReceiveCount',
      'VisibilityTimeout',
    ],
    harmless: ['KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId', 'SqsManagedSseEnabled', 'Tags'],
    create({ logicalId, properties }) {
      const { DelaySeconds, FifoQueue, MaximumMessageSize, MessageRetentionPeriod } = properties;
      const { QueueName: name = logicalId, ReceiveMessageWaitTimeSeconds, VisibilityTimeout } = properties;
      const { RedrivePolicy: policy } = properties;
      if (FifoQueue) throw new Error('FifoQueue is true; the local cloud has standard queues only');
      const created = createQueue({
        name,
        visibilityMs: integerParameter({ VisibilityTimeout }, 0, 43_200, 30) * 1000,
        delayMs: integerParameter({ DelaySeconds }, 0, 900, 0) * 1000,
        retentionMs: integerParameter({ MessageRetentionPeriod }, 60, 1_209_600, 345_600) * 1000,
        waitMs: integerParameter({ ReceiveMessageWaitTimeSeconds }, 0, 20, 0) * 1000,
        maxBytes: integerParameter({ MaximumMessageSize }, 1024, 1_048_576, 1_048_576),
        redrive: policy && {
          deadLetterArn: String(policy.deadLetterTargetArn),
          maxReceives: integerParameter({ maxReceiveCount: policy.maxReceiveCount }, 1, 1000),
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
