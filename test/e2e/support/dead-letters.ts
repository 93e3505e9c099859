import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ready } from './orders-api.ts';

/**
 * The dead letters of a queue.
 *
 * @param name - how the queue's logical id begins
 * @param endpoint - of the local cloud, the shared one unless given
 */
export function deadLetters(name: string, endpoint = ready.aws) {
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    /** Waits for the letter about a job. */
    async of(jobId: string): Promise<unknown> {
      const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ QueueNamePrefix: name }));
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: QueueUrls[0],
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: 1,
            // Others look for theirs.
            VisibilityTimeout: 1,
          }),
        );
        const letters = Messages.map(({ Body }) => JSON.parse(Body ?? 'null') as { jobId?: string });
        const letter = letters.find((candidate) => candidate.jobId === jobId);
        if (letter) return letter;
      }
    },
  };
}
