import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient();

/** Passes new entries on to their review. */
export async function handler({ Records }) {
  for (const { eventName, dynamodb } of Records) {
    if (eventName !== 'INSERT') continue;
    const { id, text } = dynamodb.NewImage;
    const MessageBody = JSON.stringify({ id: id.S, text: text.S });
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.REVIEW_QUEUE, MessageBody }));
  }
}
