import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import {
  maxAttempts,
  retryDelaySeconds,
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
  const delays = Array.from({ length: maxAttempts - 1 }, (_, i) => retryDelaySeconds(i + 1));

  it('come ever later, for about a day', () => {
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(delays.reduce((sum, delay) => sum + delay) / 3_600).toBeCloseTo(24, 0);
  });

  it('wait no longer than a queue can hide a message', () => {
    expect(Math.max(...delays)).toBeLessThanOrEqual(12 * 3_600);
  });
});
