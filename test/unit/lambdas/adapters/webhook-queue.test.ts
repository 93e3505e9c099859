import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createUndeliveredWebhooks } from '../../../../lambdas/adapters/undelivered-webhooks.ts';
import { createWebhookQueue } from '../../../../lambdas/adapters/webhook-queue.ts';

const sqs = mockClient(SQSClient);
beforeEach(() => void sqs.reset());

const queue = createWebhookQueue({ queueUrl: 'https://sqs/due' });
const undelivered = createUndeliveredWebhooks({ queueUrl: 'https://sqs/undelivered' });
const [one, other] = [
  { jobId: 'one', version: 8 },
  { jobId: 'other', version: 4 },
];

describe('the queue of webhooks', () => {
  it('takes many in one call', async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Successful: [] });

    expect(await queue.send([one, other])).toEqual([]);

    expect(sqs.commandCalls(SendMessageBatchCommand).map((call) => call.args[0].input)).toEqual([
      {
        QueueUrl: 'https://sqs/due',
        Entries: [
          { Id: '0', MessageBody: '{"jobId":"one","version":8}' },
          { Id: '1', MessageBody: '{"jobId":"other","version":4}' },
        ],
      },
    ]);
  });

  it('tells those that SQS did not take', async () => {
    const failure = { Id: '1', Code: 'InternalError', SenderFault: false };
    sqs.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [failure] });

    expect(await queue.send([one, other])).toEqual([other]);
  });

  it('hides a message that was received until it is due again', async () => {
    await queue.postpone('a-receipt', 120);

    expect(sqs.commandCalls(ChangeMessageVisibilityCommand)[0]?.args[0].input).toEqual({
      QueueUrl: 'https://sqs/due',
      ReceiptHandle: 'a-receipt',
      VisibilityTimeout: 120,
    });
  });

  it('puts a webhook among the dead letters', async () => {
    await undelivered.add(one);

    expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
      QueueUrl: 'https://sqs/undelivered',
      MessageBody: '{"jobId":"one","version":8}',
    });
  });
});
