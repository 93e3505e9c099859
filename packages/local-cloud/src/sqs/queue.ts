import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { MessageQueue, QueueSettings } from './message-queue.ts';

/** Where the queues of a template are created. */
export interface Queues {
  create(settings: QueueSettings): MessageQueue;
  urlOf(queue: MessageQueue): string;
}

/** Queues and their policies. */
export function queueKinds(queues: Queues): readonly ResourceKind[] {
  const queue: ResourceKind = {
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
    create({ properties, logicalId }) {
      if (properties.FifoQueue) {
        throw new Error('FifoQueue is true; the local cloud has standard queues only');
      }
      const name: string = properties.QueueName ?? logicalId;
      const ms = (property: string, seconds: number) => Number(properties[property] ?? seconds) * 1000;
      const { deadLetterTargetArn, maxReceiveCount } = properties.RedrivePolicy ?? {};
      const created = queues.create({
        name,
        visibilityMs: ms('VisibilityTimeout', 30),
        delayMs: ms('DelaySeconds', 0),
        retentionMs: ms('MessageRetentionPeriod', 4 * 24 * 60 * 60),
        waitMs: ms('ReceiveMessageWaitTimeSeconds', 0),
        maxBytes: Number(properties.MaximumMessageSize ?? 1024 * 1024),
        redrive: deadLetterTargetArn && {
          deadLetterArn: deadLetterTargetArn,
          maxReceives: Number(maxReceiveCount),
        },
      });
      const url = queues.urlOf(created);
      return { ref: url, attributes: { Arn: created.arn, QueueName: name, QueueUrl: url } };
    },
  };
  return [queue, queuePolicy];
}

/** Says which services may send to a queue. On this machine only what the template wires to it does. */
const queuePolicy: ResourceKind = {
  type: 'AWS::SQS::QueuePolicy',
  honoured: ['PolicyDocument', 'Queues'],
  create({ logicalId, properties }) {
    for (const statement of [properties.PolicyDocument?.Statement ?? []].flat()) refuseDeny(statement);
    return { ref: logicalId, attributes: { Id: logicalId } };
  },
};

/** `enforceSSL` denies plain HTTP, which never leaves the loopback interface here. No other Deny is evaluated. */
function refuseDeny({ Effect, Condition }: { readonly Effect?: string; readonly Condition?: unknown }): void {
  const isTlsOnly = JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}';
  if (Effect !== 'Deny' || isTlsOnly) return;
  throw new Error(
    `a Deny statement has the condition ${JSON.stringify(Condition)}; the local cloud knows Bool aws:SecureTransport "false" (enforceSSL)`,
  );
}
