import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { WebhookQueue } from '../ports/webhook-queue.ts';

/** A queue of webhooks in Amazon SQS. */
export function createWebhookQueue({ queueUrl: QueueUrl }: { readonly queueUrl: string }): WebhookQueue {
  const client = new SQSClient({
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });

  return {
    async send(webhooks) {
      const Entries = webhooks.map((webhook, i) => ({
        Id: String(i),
        MessageBody: JSON.stringify(webhook),
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const failed = new Set(Failed.map(({ Id }) => Id));
      return webhooks.filter((_, i) => failed.has(String(i)));
    },

    async postpone(ReceiptHandle, VisibilityTimeout) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    },
  };
}
