import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { CallbackQueue } from '../ports.ts';

/**
 * Callbacks in Amazon SQS.
 *
 * @param config.undeliveredUrl - the dead letters; needed by whoever gives up
 */
export function createCallbackQueue({
  queueUrl: QueueUrl,
  undeliveredUrl,
}: {
  readonly queueUrl: string;
  readonly undeliveredUrl?: string;
}): CallbackQueue {
  const client = new SQSClient({
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });

  return {
    async send(callbacks) {
      const Entries = callbacks.map((callback, i) => ({
        Id: String(i),
        MessageBody: JSON.stringify(callback),
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const failed = new Set(Failed.map(({ Id }) => Id));
      return callbacks.filter((_, i) => failed.has(String(i)));
    },

    async postpone(ReceiptHandle, VisibilityTimeout) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    },

    async giveUp(callback) {
      await client.send(
        new SendMessageCommand({ QueueUrl: undeliveredUrl, MessageBody: JSON.stringify(callback) }),
      );
    },
  };
}
