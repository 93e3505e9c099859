import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { UndeliveredWebhooks } from '../ports/webhook-queue.ts';
import { sqsLimits } from './call-limits.ts';

/** The dead-letter queue of webhooks, in Amazon SQS. */
export function createUndeliveredWebhooks({
  queueUrl: QueueUrl,
}: {
  readonly queueUrl: string;
}): UndeliveredWebhooks {
  const client = new SQSClient(sqsLimits);

  return {
    async add(webhook) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(webhook) }));
    },
  };
}
