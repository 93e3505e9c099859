import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createUndeliveredWebhooks } from '../../../../lambdas/adapters/undelivered-webhooks.ts';
import { createWebhookQueue } from '../../../../lambdas/adapters/webhook-queue.ts';
import type { UndeliveredWebhooks, WebhookQueue } from '../../../../lambdas/ports/webhook-queue.ts';
import { type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

let sqs: AwsServiceStub;
let queue: WebhookQueue;
let undelivered: UndeliveredWebhooks;
/** Where the queue and its dead letters are. */
let urls: { readonly due: string; readonly dead: string };
beforeAll(async () => {
  sqs = await startAwsService();
  urls = { due: `${sqs.url}/000000000000/due`, dead: `${sqs.url}/000000000000/undelivered` };
  queue = createWebhookQueue({ queueUrl: urls.due });
  undelivered = createUndeliveredWebhooks({ queueUrl: urls.dead });
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
          QueueUrl: urls.due,
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
        input: { QueueUrl: urls.due, ReceiptHandle: 'a-receipt', VisibilityTimeout: 120 },
      },
    ]);
  });

  it('puts a webhook among the dead letters', async () => {
    const body = JSON.stringify(one);
    sqs.answer(() => ({ MessageId: 'm1', MD5OfMessageBody: createHash('md5').update(body).digest('hex') }));

    await undelivered.add(one);

    expect(sqs.requests).toMatchObject([
      { operation: 'SendMessage', input: { QueueUrl: urls.dead, MessageBody: body } },
    ]);
  });
});
