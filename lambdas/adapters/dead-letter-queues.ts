import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { DeadLetterQueue } from '../../domain/operator/dead-letter-queues.ts';
import type { DeadLetter, DeadLetterQueues } from '../ports/dead-letter-queues.ts';

/** Number of calls that read a queue, of ten messages each. */
const maxReads = 10;

/** Seconds for which messages are hidden while others are read. */
const hiddenSeconds = 30;

/**
 * Dead letters in Amazon SQS.
 *
 * @param config.due - URL of the queue to which given-up webhooks go back
 */
export function createDeadLetterQueues(config: {
  readonly urls: Readonly<Record<DeadLetterQueue, string>>;
  readonly due: string;
}): DeadLetterQueues {
  const client = new SQSClient();

  async function attributesOf(QueueUrl: string) {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    return Attributes;
  }

  return {
    async count(queue) {
      const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } =
        await attributesOf(config.urls[queue]);
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
    },

    async peek(queue) {
      const QueueUrl = config.urls[queue];
      const letters = new Map<string, DeadLetter>();
      const receipts: string[][] = [];
      for (let read = 0; read < maxReads; read++) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: hiddenSeconds,
            WaitTimeSeconds: 1,
            MessageSystemAttributeNames: ['SentTimestamp'],
          }),
        );
        if (Messages.length === 0) break;
        receipts.push(Messages.map(({ ReceiptHandle = '' }) => ReceiptHandle));
        for (const { MessageId = '', Body = '', Attributes } of Messages)
          letters.set(MessageId, {
            sentAt: new Date(Number(Attributes?.SentTimestamp)).toISOString(),
            body: Body,
          });
      }
      for (const handles of receipts) await show(QueueUrl, handles);
      return [...letters.values()];
    },

    async redriveWebhooks() {
      const { QueueArn: SourceArn } = await attributesOf(config.urls.webhooks);
      // Without a destination, SQS refuses messages that were sent to the dead letters and not moved there.
      const { QueueArn: DestinationArn } = await attributesOf(config.due);
      await client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    },
  };

  /** Makes received messages visible again. */
  async function show(QueueUrl: string, handles: readonly string[]): Promise<void> {
    const Entries = handles.map((ReceiptHandle, i) => ({
      Id: String(i),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
}
