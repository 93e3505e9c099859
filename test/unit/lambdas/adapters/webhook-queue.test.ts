import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { DueWebhook } from '../../../../domain/job/webhook.ts';
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

const one: DueWebhook = { jobId: 'one', version: 8, owner: 'ada', attempt: 1, delaySeconds: 0 };
const other: DueWebhook = { jobId: 'other', version: 4, owner: 'bob|ü', attempt: 2, delaySeconds: 30 };

interface Sent {
  readonly Entries: readonly {
    readonly MessageBody: string;
    readonly DelaySeconds: number;
    readonly MessageGroupId?: string;
  }[];
}

/** The messages of the last call. */
const entries = () => ((sqs.requests.at(-1) ?? { input: {} }).input as Sent).Entries;
const received = () => entries().map(({ MessageBody }) => z.parse(DueWebhook, JSON.parse(MessageBody)));

describe('the queue of webhooks', () => {
  beforeEach(() => sqs.answer(() => ({ Successful: [] })));

  it('takes many in one call', async () => {
    expect(await queue.send([one, other])).toEqual([]);

    expect(sqs.requests).toMatchObject([{ operation: 'SendMessageBatch', input: { QueueUrl: due } }]);
    expect(received().map(({ jobId, attempt }) => [jobId, attempt])).toEqual([
      ['one', 1],
      ['other', 2],
    ]);
  });

  it('returns those that SQS did not take', async () => {
    sqs.answer(() => ({ Successful: [], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] }));

    expect(await queue.send([one, other])).toEqual([other]);
  });

  it('delays a message', async () => {
    await queue.send([other]);

    expect(entries()).toMatchObject([{ DelaySeconds: 30 }]);
    expect(received()).toEqual([{ ...other, delaySeconds: 0 }]);
  });

  it('delays a message by no more than SQS can, and leaves the rest of the wait to the receiver', async () => {
    await queue.send([{ ...other, delaySeconds: 7_200 }]);

    expect(entries()).toMatchObject([{ DelaySeconds: 900 }]);
    expect(received()).toEqual([{ ...other, delaySeconds: 6_300 }]);
  });

  it('groups messages by owner, in the characters that SQS takes', async () => {
    const { owner: _, ...nobody } = one;
    await queue.send([one, { ...one, jobId: 'two' }, other, nobody]);

    const [ofOne, ofTwo, ofOther, ofNobody] = entries().map(({ MessageGroupId }) => MessageGroupId);
    expect(ofTwo).toBe(ofOne);
    expect(ofOther).not.toBe(ofOne);
    expect(ofOther).toMatch(/^[0-9a-f]{64}$/);
    expect(ofNobody).toBeUndefined();
  });
});
