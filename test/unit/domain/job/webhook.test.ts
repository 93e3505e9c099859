import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import {
  DueWebhook,
  maxRetryDelaySeconds,
  retryOf,
  timeoutMsOf,
  WebhookEvent,
  webhookEventOf,
  webhookIdOf,
} from '../../../../domain/job/webhook.ts';
import {
  aCompletedJob,
  aJob,
  aJobAt,
  anExhaustedJob,
  jobId,
  orderId,
  ticket,
  urls,
} from '../../../support/builders.ts';

describe('a webhook', () => {
  it.each([
    ['order.completed', aCompletedJob()],
    ['order.failed', anExhaustedJob()],
    ['order.cancelled', { ...anExhaustedJob(), status: 'cancelled' as const }],
  ])('says %s in its published schema, without the ticket', (type, job) => {
    const event = webhookEventOf({ ...job, webhook: true }, urls);

    expect(event?.type).toBe(type);
    expect(event?.timestamp).toBe(job.updatedAt);
    expect(z.safeParse(WebhookEvent, event).error?.issues).toBeUndefined();
    expect(JSON.stringify(event)).not.toContain(ticket);
  });

  it.each([
    ['queued', aJob()],
    ['processing', aJobAt('payment')],
  ])('says nothing of a job that is %s', (_, job) => {
    expect(webhookEventOf(job, urls)).toBeUndefined();
  });

  it('gives the URL of the order below the public base', () => {
    const event = webhookEventOf(aCompletedJob(), { api: 'https://api.example.com/v1' });

    expect(event?.data.result?.orderUrl).toBe(`https://api.example.com/v1/orders/${orderId}`);
  });

  it('has an id for each end of a job', () => {
    expect(webhookIdOf({ jobId, version: 8 })).toBe(`${jobId}_8`);
  });
});

describe('the retries', () => {
  const first: DueWebhook = { jobId, version: 8, owner: 'ada', attempt: 1, delaySeconds: 0 };

  /** All attempts of a webhook that always fails in the same way. */
  function attemptsOf(failure: Parameters<typeof retryOf>[1]): DueWebhook[] {
    const attempts: DueWebhook[] = [];
    for (let next: DueWebhook | undefined = first; next; next = retryOf(next, failure)) attempts.push(next);
    return attempts;
  }

  it('come ever later, for about a day', () => {
    const attempts = attemptsOf({ refused: false });
    const delays = attempts.map(({ delaySeconds }) => delaySeconds);

    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(delays).toEqual([0, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800]);
    expect(new Set(attempts.map(webhookIdOf)).size).toBe(1);
  });

  it('of a request that is refused are two', () => {
    expect(attemptsOf({ refused: true }).map(({ delaySeconds }) => delaySeconds)).toEqual([0, 30, 120]);
  });

  it.each([
    ['later, where the receiver asks for it', 3_600, 3_600],
    ['no sooner than scheduled, however little it asks for', 1, 30],
    ['within eight hours, however much it asks for', 1e9, maxRetryDelaySeconds],
  ])('come %s', (_, retryAfterSeconds, delaySeconds) => {
    expect(retryOf(first, { refused: false, retryAfterSeconds })).toEqual({
      ...first,
      attempt: 2,
      delaySeconds,
    });
  });

  it('may take longer than the first attempt, which shares its capacity with all others', () => {
    expect(timeoutMsOf({ attempt: 1 })).toBeLessThan(timeoutMsOf({ attempt: 2 }));
  });

  it('begin anew for a message that holds the ids alone', () => {
    expect(z.parse(DueWebhook, { jobId, version: 8 })).toEqual({
      jobId,
      version: 8,
      attempt: 1,
      delaySeconds: 0,
    });
  });
});
