import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createWebhookQueue } from '../../../../lambdas/adapters/webhook-queue.ts';
import type { WebhookQueue } from '../../../../lambdas/ports/webhook-queue.ts';
import { type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

let sqs: AwsServiceStub;
let queue: WebhookQueue;
let due: string;
beforeAll(async () => {
  sqs = await startAwsService();
  due = `${sqs.url}/000000000000/due`;
  queue = createWebhookQueue({ queueUrl: due });
});
afterAll(() => sqs.stop());

const [one, other] = [
  { jobId: 'one', version: 8 },
  { jobId: 'other', version: 4 },
];

describe('the queue of webhooks', () => {
  it('takes many in one call', async () => {
    sqs.answer(() => ({ Successful: [] }));

    expect(await queue.send([one, other])).toEqual([]);

    expect(sqs.requests).toMatchObject([
      {
        operation: 'SendMessageBatch',
        input: {
          QueueUrl: due,
          Entries: [
            { Id: '0', MessageBody: JSON.stringify(one) },
            { Id: '1', MessageBody: JSON.stringify(other) },
          ],
        },
      },
    ]);
  });

  it('returns those that SQS did not take', async () => {
    sqs.answer(() => ({ Successful: [], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] }));

    expect(await queue.send([one, other])).toEqual([other]);
  });

  it('hides a message that was received until it is due again', async () => {
    sqs.answer(() => ({}));

    await queue.postpone('a-receipt', 120);

    expect(sqs.requests).toMatchObject([
      {
        operation: 'ChangeMessageVisibility',
        input: { QueueUrl: due, ReceiptHandle: 'a-receipt', VisibilityTimeout: 120 },
      },
    ]);
  });
});
