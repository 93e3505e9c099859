import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetters } from '../ports/dead-letters.ts';
import { callLimits } from './call-limits.ts';

/** A dead-letter queue in Amazon SQS. A message has room for both images of a record of DynamoDB (1 MiB). */
export function createDeadLetters({ queueUrl: QueueUrl }: { readonly queueUrl: string }): DeadLetters {
  const client = new SQSClient(callLimits);
  return {
    async send(letter) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(letter) }));
    },
  };
}
