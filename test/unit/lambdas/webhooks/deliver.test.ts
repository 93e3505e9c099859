import { describe, expect, it } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Job } from '../../../../domain/job/job.ts';
import { type DueWebhook, WebhookEvent } from '../../../../domain/job/webhook.ts';
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
import { memoryDeadLetters, memoryWebhookQueue } from '../../../support/fake-services.ts';

const callbackUrl = 'https://shop.example.com/hook?secret=s3cret';

const version = aCompletedJob().version;

/** The function and what it did. */
function fixture({
  job = aCompletedJob(),
  answer = { outcome: 'delivered', reason: 'as told' },
  order = anOrderRecord({ callbackUrl }),
  retriesTake = 1,
  deadLettersAreDown = false,
}: {
  job?: Job | undefined;
  answer?: WebhookOutcome | Error;
  order?: ReturnType<typeof anOrderRecord>;
  retriesTake?: number;
  deadLettersAreDown?: boolean;
} = {}) {
  const sent: WebhookDelivery[] = [];
  const retries = memoryWebhookQueue(() => retriesTake === 0);
  const undelivered = memoryDeadLetters(deadLettersAreDown);
  const deliver = createDeliver({
    urls,
    jobs: { get: async (id) => (id === job.jobId ? job : undefined) },
    orders: { get: async (id) => (id === orderId ? order : undefined) },
    sender: {
      async send(delivery) {
        sent.push(delivery);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    retries,
    undelivered,
  });
  return { deliver, sent, retried: retries.sent, givenUp: undelivered.letters };
}

/** A message of one of the two queues. */
const aMessage = (body: object | string, messageId = 'm1') =>
  ({ messageId, body: typeof body === 'string' ? body : JSON.stringify(body) }) as SQSRecord;

const anEvent = (changes: Partial<DueWebhook> = {}): SQSEvent => ({
  Records: [aMessage({ jobId, version, owner, attempt: 1, delaySeconds: 0, ...changes })],
});

const failed: WebhookOutcome = { outcome: 'failed', reason: 'as told' };
const refused: WebhookOutcome = { outcome: 'refused', reason: 'as told' };
const isDeleted = { batchItemFailures: [] };
const comesAgain = { batchItemFailures: [{ itemIdentifier: 'm1' }] };

describe('a webhook', () => {
  it('tells how the job ended, in the shape that is promised', async () => {
    const { deliver, sent } = fixture();

    expect(await deliver(anEvent())).toEqual(isDeleted);

    expect(sent).toHaveLength(1);
    const [{ url, event, owner: signedFor }] = sent as [WebhookDelivery];
    expect([url, signedFor]).toEqual([callbackUrl, aCompletedJob().owner]);
    expect(event).toMatchObject({
      type: 'order.completed',
      timestamp: aCompletedJob().updatedAt,
      data: { jobId, status: 'completed', progress: 100, result: { orderId } },
    });
    expect(WebhookEvent.safeParse(event).error).toBeUndefined();
  });

  it('tells an error where there is one', async () => {
    const error = { code: 'card_declined', message: 'Declined.', stage: 'payment', redrivable: false };
    const job: Job = { ...aJobAt('payment'), status: 'failed', error };
    const { deliver, sent } = fixture({ job });

    await deliver(anEvent({ version: job.version }));

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
    const { deliver, sent, retried } = fixture({ job });

    expect(await deliver(anEvent({ version }))).toEqual(isDeleted);

    expect([sent, retried]).toEqual([[], []]);
  });

  it('is not sent when the order names no address', async () => {
    const { deliver, sent } = fixture({ order: anOrderRecord() });

    expect(await deliver(anEvent())).toEqual(isDeleted);

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
  ])('that failed for the %ith time is a new message, due after %i s', async (attempt, delaySeconds) => {
    const { deliver, retried, givenUp } = fixture({ answer: failed });

    expect(await deliver(anEvent({ attempt }))).toEqual(isDeleted);

    expect(retried).toEqual([{ jobId, version, owner, attempt: attempt + 1, delaySeconds }]);
    expect(givenUp).toEqual([]);
  });

  it('that failed for the last time goes to the dead letters', async () => {
    const { deliver, retried, givenUp } = fixture({ answer: failed });

    expect(await deliver(anEvent({ attempt: 10 }))).toEqual(isDeleted);

    expect(retried).toEqual([]);
    expect(givenUp).toEqual([{ jobId, version }]);
  });

  it('that broke down counts as one that failed', async () => {
    const { deliver, retried } = fixture({ answer: new Error('The secret cannot be read.') });

    expect(await deliver(anEvent())).toEqual(isDeleted);

    expect(retried).toMatchObject([{ attempt: 2, delaySeconds: 30 }]);
  });

  it('is repeated when an overloaded receiver says, rather than sooner', async () => {
    const { deliver, retried } = fixture({ answer: { ...failed, retryAfterSeconds: 3_600 } });

    await deliver(anEvent());

    expect(retried).toMatchObject([{ attempt: 2, delaySeconds: 3_600 }]);
  });

  it('that was refused is repeated twice, then goes to the dead letters', async () => {
    const { deliver, retried, givenUp } = fixture({ answer: refused });

    for (const attempt of [1, 2, 3]) expect(await deliver(anEvent({ attempt }))).toEqual(isDeleted);

    expect(retried.map(({ delaySeconds }) => delaySeconds)).toEqual([30, 120]);
    expect(givenUp).toEqual([{ jobId, version }]);
  });

  it('is the last one when the receiver is gone', async () => {
    const { deliver, retried, givenUp } = fixture({ answer: { outcome: 'gone', reason: 'as told' } });

    expect(await deliver(anEvent())).toEqual(isDeleted);

    expect([retried, givenUp]).toEqual([[], []]);
  });

  it('has less time at first than later', async () => {
    const { deliver, sent } = fixture();

    await deliver(anEvent({ attempt: 1 }));
    await deliver(anEvent({ attempt: 2 }));

    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([5_000, 15_000]);
  });
});

describe('a webhook that is not due yet', () => {
  it('is sent on its way again, and nobody is called', async () => {
    const { deliver, sent, retried } = fixture();

    expect(await deliver(anEvent({ attempt: 5, delaySeconds: 900 }))).toEqual(isDeleted);

    expect(sent).toEqual([]);
    expect(retried).toEqual([{ jobId, version, owner, attempt: 5, delaySeconds: 900 }]);
  });
});

describe('a message', () => {
  it.each(['no JSON', '{"jobId":1}', '{}'])(
    'that is no webhook goes to the dead letters at once: %s',
    async (body) => {
      const { deliver, givenUp } = fixture();

      expect(await deliver({ Records: [aMessage(body)] })).toEqual(isDeleted);

      expect(givenUp).toEqual([body]);
    },
  );

  it.each<[string, Parameters<typeof fixture>[0], Partial<DueWebhook>]>([
    ['the queue of retries does not take its successor', { answer: failed, retriesTake: 0 }, {}],
    ['the dead letters do not take it', { answer: refused, deadLettersAreDown: true }, { attempt: 3 }],
  ])('is received again when %s', async (_, world, changes) => {
    const { deliver } = fixture(world);

    expect(await deliver(anEvent(changes))).toEqual(comesAgain);
  });

  it('that fails leaves the others of its batch alone', async () => {
    const { deliver, sent } = fixture({ deadLettersAreDown: true });
    const Records = [aMessage('no JSON', 'bad'), ...anEvent().Records];

    expect(await deliver({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });

    expect(sent).toHaveLength(1);
  });
});
