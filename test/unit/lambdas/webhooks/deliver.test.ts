import { describe, expect, it } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import type { Job } from '../../../../domain/job/job.ts';
import { WebhookEvent } from '../../../../domain/job/webhook.ts';
import type { WebhookDelivery, WebhookOutcome } from '../../../../lambdas/ports/webhook-sender.ts';
import { createDeliver } from '../../../../lambdas/webhooks/deliver.ts';
import {
  aCompletedJob,
  aJobAt,
  anOrderRecord,
  jobId,
  orderId,
  owner,
  ticket,
  urls,
} from '../../../support/builders.ts';

const callbackUrl = 'https://shop.example.com/hook?secret=s3cret';

/** The function and what it did. */
function fixture({
  job = aCompletedJob(),
  outcome = 'delivered' as WebhookOutcome | Error,
  order = anOrderRecord({ callbackUrl }),
  postponing = async () => {},
  deadLettersTake = 1,
}: {
  job?: Job | undefined;
  outcome?: WebhookOutcome | Error;
  order?: ReturnType<typeof anOrderRecord>;
  postponing?: () => Promise<void>;
  deadLettersTake?: number;
} = {}) {
  const sent: WebhookDelivery[] = [];
  const postponed: [string, number][] = [];
  const givenUp: object[] = [];
  const deliver = createDeliver({
    urls,
    jobs: { get: async (id) => (id === job.jobId ? job : undefined) },
    orders: { get: async (id) => (id === orderId ? order : undefined) },
    sender: {
      async send(delivery) {
        sent.push(delivery);
        if (outcome instanceof Error) throw outcome;
        return { outcome, reason: 'as told' };
      },
    },
    queue: {
      async postpone(receipt, seconds) {
        await postponing();
        postponed.push([receipt, seconds]);
      },
    },
    undelivered: {
      async send(webhooks) {
        givenUp.push(...webhooks.slice(0, deadLettersTake));
        return webhooks.slice(deadLettersTake);
      },
    },
  });
  return { deliver, sent, postponed, givenUp };
}

/** A message with one webhook, received for the nth time. */
const anEvent = ({ version = aCompletedJob().version, attempt = 1, id = jobId } = {}): SQSEvent =>
  ({
    Records: [
      {
        messageId: 'm1',
        receiptHandle: 'r1',
        body: JSON.stringify({ jobId: id, version }),
        attributes: { ApproximateReceiveCount: String(attempt) },
      },
    ],
  }) as SQSEvent;

const nothingLeft = { batchItemFailures: [] };
const comesAgain = { batchItemFailures: [{ itemIdentifier: 'm1' }] };

describe('a webhook', () => {
  it('tells how the job ended, in the shape that is promised', async () => {
    const { deliver, sent } = fixture();

    expect(await deliver(anEvent())).toEqual(nothingLeft);

    expect(sent).toHaveLength(1);
    const [{ url, event }] = sent as [WebhookDelivery];
    expect(url).toBe(callbackUrl);
    expect(event).toMatchObject({
      type: 'order.completed',
      timestamp: aCompletedJob().updatedAt,
      data: { jobId, status: 'completed', progress: 100, result: { orderId } },
    });
    expect(WebhookEvent.safeParse(event).error).toBeUndefined();
  });

  it('tells an error where there is one', async () => {
    const error = { code: 'card_declined', message: 'Declined.', stage: 'payment', redrivable: false };
    const failed: Job = { ...aJobAt('payment'), status: 'failed', error };
    const { deliver, sent } = fixture({ job: failed });

    await deliver(anEvent({ version: failed.version }));

    expect(sent[0]?.event).toMatchObject({ type: 'order.failed', data: { error } });
  });

  it('holds neither ticket nor owner nor anything that the client sent', async () => {
    const { deliver, sent } = fixture({ job: { ...aCompletedJob(), webhook: true } });

    await deliver(anEvent());

    const text = JSON.stringify(sent[0]?.event);
    for (const hidden of [
      ticket,
      `"${owner}"`,
      'updatesUrl',
      'ada@example.com',
      'book-1',
      's3cret',
      'callback',
      '"webhook"',
    ])
      expect(text).not.toContain(hidden);
  });

  it('has the same id at every attempt, and another one for another end', async () => {
    const { deliver, sent } = fixture();
    const again = { ...aCompletedJob(), version: 99 };
    const later = fixture({ job: again });

    await deliver(anEvent({ attempt: 1 }));
    await deliver(anEvent({ attempt: 2 }));
    await later.deliver(anEvent({ version: 99 }));

    const [first, second] = sent.map(({ id }) => id);
    expect(second).toBe(first);
    expect(later.sent[0]?.id).not.toBe(first);
    // The signed content joins the id and other parts with dots, so a dot in the id would be ambiguous.
    expect(first).not.toContain('.');
  });

  it.each([
    ['the job was redriven and goes on', aJobAt('payment'), 3],
    ['the job has ended anew', { ...aCompletedJob(), version: 12 }, 8],
    ['the job is forgotten', { ...aCompletedJob(), jobId: 'another' }, aCompletedJob().version],
  ])('is not sent when %s', async (_, job, version) => {
    const { deliver, sent, postponed } = fixture({ job });

    expect(await deliver(anEvent({ version }))).toEqual(nothingLeft);

    expect([sent, postponed]).toEqual([[], []]);
  });

  it('is not sent when the order names no address', async () => {
    const { deliver, sent } = fixture({ order: anOrderRecord() });

    expect(await deliver(anEvent())).toEqual(nothingLeft);

    expect(sent).toEqual([]);
  });
});

describe('an attempt', () => {
  it.each([
    [1, 30],
    [2, 120],
    [3, 600],
    [4, 1_800],
    [5, 3_600],
    [6, 7_200],
    [9, 28_800],
    // The queue moves it to the dead letters, so there is no delay.
    [10, 0],
  ])('that failed for the %ith time comes again after %i s', async (attempt, seconds) => {
    const { deliver, postponed, givenUp } = fixture({ outcome: 'failed' });

    expect(await deliver(anEvent({ attempt }))).toEqual(comesAgain);

    expect(postponed).toEqual([['r1', seconds]]);
    expect(givenUp).toEqual([]);
  });

  it('that broke down comes again too', async () => {
    const { deliver, postponed } = fixture({ outcome: new Error('The secret cannot be read.') });

    expect(await deliver(anEvent())).toEqual(comesAgain);

    expect(postponed).toEqual([['r1', 30]]);
  });

  it('comes again even when it cannot be postponed', async () => {
    const postponing = () => Promise.reject(new Error('SQS is down.'));
    const { deliver } = fixture({ outcome: 'failed', postponing });

    expect(await deliver(anEvent())).toEqual(comesAgain);
  });

  it('that was refused comes again twice, then goes to the dead letters', async () => {
    const { deliver, postponed, givenUp } = fixture({ outcome: 'refused' });

    const answers = [];
    for (const attempt of [1, 2, 3]) answers.push(await deliver(anEvent({ attempt })));

    expect(answers).toEqual([comesAgain, comesAgain, nothingLeft]);
    expect(postponed.map(([, seconds]) => seconds)).toEqual([30, 120]);
    expect(givenUp).toEqual([{ jobId, version: aCompletedJob().version }]);
  });

  it('that was refused comes again when the dead letters do not take it', async () => {
    const { deliver, postponed } = fixture({ outcome: 'refused', deadLettersTake: 0 });

    expect(await deliver(anEvent({ attempt: 3 }))).toEqual(comesAgain);

    expect(postponed).toEqual([['r1', 600]]);
  });

  it('is the last one when the receiver is gone', async () => {
    const { deliver, postponed, givenUp } = fixture({ outcome: 'gone' });

    expect(await deliver(anEvent())).toEqual(nothingLeft);

    expect([postponed, givenUp]).toEqual([[], []]);
  });

  it('that fails leaves the others of its batch alone', async () => {
    const { deliver } = fixture();
    const [good] = anEvent().Records;
    const Records = [{ ...good, messageId: 'bad', body: 'no JSON' }, good] as SQSEvent['Records'];

    expect(await deliver({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
  });
});
