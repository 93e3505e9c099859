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
      const { FifoQueue, QueueName: name = logicalId, RedrivePolicy } = properties;
      if (FifoQueue) {
        throw new Error('FifoQueue is true; the local cloud has standard queues only');
      }
      const number = (property: string, fallback: number, min: number, max: number): number => {
        const value = Number(properties[property] ?? fallback);
        if (Number.isInteger(value) && value >= min && value <= max) return value;
        throw new Error(`${property} is ${properties[property]}; allowed: ${min} to ${max}`);
      };
      const created = queues.create({
        name,
        visibilityMs: number('VisibilityTimeout', 30, 0, 43_200) * 1000,
        delayMs: number('DelaySeconds', 0, 0, 900) * 1000,
        retentionMs: number('MessageRetentionPeriod', 345_600, 60, 1_209_600) * 1000,
        waitMs: number('ReceiveMessageWaitTimeSeconds', 0, 0, 20) * 1000,
        maxBytes: number('MaximumMessageSize', 1_048_576, 1024, 1_048_576),
        redrive: redriveOf(RedrivePolicy),
      });
      const url = queues.urlOf(created);
      return { ref: url, attributes: { Arn: created.arn, QueueName: name, QueueUrl: url } };
    },
  };
  return [queue, queuePolicy];
}

function redriveOf(policy: Readonly<Record<string, unknown>> | undefined): QueueSettings['redrive'] {
  if (!policy) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  const maxReceives = Number(maxReceiveCount);
  if (Number.isInteger(maxReceives) && maxReceives >= 1 && maxReceives <= 1000) {
    return { deadLetterArn: String(deadLetterTargetArn), maxReceives };
  }
  throw new Error(`maxReceiveCount of RedrivePolicy is ${maxReceiveCount}; allowed: 1 to 1000`);
}

/** Says which services may send to a queue. On this machine only what the template wires to it does. */
const queuePolicy: ResourceKind = {
  type: 'AWS::SQS::QueuePolicy',
  honoured: ['PolicyDocument', 'Queues'],
  create({ logicalId, properties: { PolicyDocument } }) {
    for (const statement of [PolicyDocument?.Statement ?? []].flat()) refuseDeny(statement);
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
