import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDeadLetterQueues } from '../../../../lambdas/adapters/dead-letter-queues.ts';
import type { DeadLetterQueues } from '../../../../lambdas/ports/dead-letter-queues.ts';
import { type AwsServiceStub, startAwsService } from '../../../support/aws-service.ts';

let sqs: AwsServiceStub;
let letters: DeadLetterQueues;
beforeAll(async () => {
  sqs = await startAwsService();
  const urlOf = (name: string) => `${sqs.url}/000000000000/${name}`;
  letters = createDeadLetterQueues({
    urls: { webhooks: urlOf('undelivered'), changes: urlOf('unprocessed'), pushes: urlOf('unpushed') },
    due: urlOf('due'),
  });
});
afterAll(() => sqs.stop());

const called = (operation: string) =>
  sqs.requests.filter((request) => request.operation === operation).map(({ input }) => input);

const bodyOf = (id: string) => `{"jobId":"${id}"}`;
const message = (id: string) => ({
  MessageId: id,
  Body: bodyOf(id),
  MD5OfBody: createHash('md5').update(bodyOf(id)).digest('hex'),
  ReceiptHandle: `receipt of ${id}`,
  Attributes: { SentTimestamp: '1768923000000' },
});

describe('dead letters', () => {
  it('are counted with those that somebody is reading', async () => {
    sqs.answer(() => ({
      Attributes: { ApproximateNumberOfMessages: '3', ApproximateNumberOfMessagesNotVisible: '1' },
    }));

    expect(await letters.count('webhooks')).toBe(4);
  });

  it('are read until there are no more, and are visible again afterwards', async () => {
    const batches = [[message('one')], [message('other')]];
    sqs.answer(({ operation }) => (operation === 'ReceiveMessage' ? { Messages: batches.shift() } : {}));

    expect(await letters.peek('webhooks')).toEqual([
      { sentAt: new Date(1768923000000).toISOString(), body: '{"jobId":"one"}' },
      { sentAt: new Date(1768923000000).toISOString(), body: '{"jobId":"other"}' },
    ]);

    expect(called('ChangeMessageVisibilityBatch')).toMatchObject(
      ['one', 'other'].map((id) => ({
        Entries: [{ ReceiptHandle: `receipt of ${id}`, VisibilityTimeout: 0 }],
      })),
    );
  });

  it('are a hundred at most', async () => {
    let id = 0;
    sqs.answer(({ operation }) =>
      operation === 'ReceiveMessage'
        ? { Messages: Array.from({ length: 10 }, () => message(`letter ${id++}`)) }
        : {},
    );

    expect(await letters.peek('pushes')).toHaveLength(100);
  });

  it('are moved to the queue of webhooks that are due', async () => {
    sqs.answer(({ operation, input }) => {
      const { QueueUrl = '' } = input as { readonly QueueUrl?: string };
      return operation === 'GetQueueAttributes'
        ? { Attributes: { QueueArn: `arn:aws:sqs:eu-test-1:000000000000:${QueueUrl.split('/').at(-1)}` } }
        : { TaskHandle: 'task' };
    });

    await letters.redriveWebhooks();

    expect(called('StartMessageMoveTask')).toEqual([
      {
        SourceArn: 'arn:aws:sqs:eu-test-1:000000000000:undelivered',
        DestinationArn: 'arn:aws:sqs:eu-test-1:000000000000:due',
      },
    ]);
  });
});
