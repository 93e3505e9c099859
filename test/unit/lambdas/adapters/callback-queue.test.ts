import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCallbackQueue } from '../../../../lambdas/adapters/callback-queue.ts';
import type { CallbackQueue } from '../../../../lambdas/ports.ts';
import { type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

let sqs: AwsServiceStub;
let queue: CallbackQueue;
const urls = { queueUrl: '', undeliveredUrl: '' };
beforeAll(async () => {
  sqs = await startAwsService();
  urls.queueUrl = `${sqs.url}/000000000000/due`;
  urls.undeliveredUrl = `${sqs.url}/000000000000/undelivered`;
  queue = createCallbackQueue(urls);
});
afterAll(() => sqs.stop());

const [one, other] = [
  { jobId: 'one', version: 8 },
  { jobId: 'other', version: 4 },
];

describe('the queue of callbacks', () => {
  it('takes many in one call', async () => {
    sqs.answer(() => ({ Successful: [] }));

    expect(await queue.send([one, other])).toEqual([]);

    expect(sqs.requests).toMatchObject([
      {
        operation: 'SendMessageBatch',
        input: {
          QueueUrl: urls.queueUrl,
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
        input: { QueueUrl: urls.queueUrl, ReceiptHandle: 'a-receipt', VisibilityTimeout: 120 },
      },
    ]);
  });

  it('puts what it gives up among the dead letters', async () => {
    const body = JSON.stringify(one);
    sqs.answer(() => ({ MessageId: 'm1', MD5OfMessageBody: createHash('md5').update(body).digest('hex') }));

    await queue.giveUp(one);

    expect(sqs.requests).toMatchObject([
      { operation: 'SendMessage', input: { QueueUrl: urls.undeliveredUrl, MessageBody: body } },
    ]);
  });
});
