import type { ResourceKind } from '../wire/cloud.ts';
import type { Sqs } from './sqs.ts';

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
  harmless: [
    'KmsDataKeyReusePeriodSeconds',
    'KmsMasterKeyId',
    'RedriveAllowPolicy',
    'SqsManagedSseEnabled',
    'Tags',
  ],
  create({ properties, logicalId }, cloud) {
    const sqs = cloud.services.get('sqs') as Sqs | undefined;
    if (!sqs) throw new Error('the local cloud was started without its service "sqs"');
    if (properties.FifoQueue) throw new Error('FifoQueue is true; the local cloud has standard queues only');
    const name: string = properties.QueueName ?? logicalId;
    const ms = (property: string, seconds: number) => Number(properties[property] ?? seconds) * 1000;
    const { deadLetterTargetArn, maxReceiveCount } = properties.RedrivePolicy ?? {};
    const created = sqs.createQueue({
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
    const url = sqs.urlOf(created);
    return { ref: url, attributes: { Arn: created.arn, QueueName: name, QueueUrl: url } };
  },
};

/** Says which services may send: on this machine only what the template wires to the queue does. */
const queuePolicy: ResourceKind = {
  type: 'AWS::SQS::QueuePolicy',
  honoured: [],
  harmless: ['*'],
  create: ({ logicalId }) => ({ ref: logicalId, attributes: { Id: logicalId } }),
};

/** Queues and their policies. */
export const queueKinds: readonly ResourceKind[] = [queue, queuePolicy];
