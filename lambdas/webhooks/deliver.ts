import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { orderIdOf } from '../../domain/job/job.ts';
import type { PublicUrls } from '../../domain/job/status.ts';
import {
  DueWebhook,
  maxRefusedAttempts,
  retryDelaySeconds,
  webhookEventOf,
  webhookIdOf,
} from '../../domain/job/webhook.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createWebhookQueue } from '../adapters/webhook-queue.ts';
import { createWebhookSender } from '../adapters/webhook-sender.ts';
import type { Jobs } from '../ports/jobs.ts';
import type { Orders } from '../ports/orders.ts';
import type { WebhookQueue } from '../ports/webhook-queue.ts';
import type { WebhookOutcome, WebhookSender } from '../ports/webhook-sender.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

export interface DeliverPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly orders: Pick<Orders, 'get'>;
  readonly sender: WebhookSender;
  readonly queue: Pick<WebhookQueue, 'postpone'>;
  /** The dead letters. */
  readonly undelivered: Pick<WebhookQueue, 'send'>;
  readonly urls: Pick<PublicUrls, 'api'>;
}

/**
 * Delivers webhooks. A failed attempt is retried after growing delays; the queue moves a webhook that failed too often
 * to the dead letters. A webhook that the receiver refuses goes there sooner, because only a person can fix that.
 */
export function createDeliver({ jobs, orders, sender, queue, undelivered, urls }: DeliverPorts) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = await Promise.all(Records.map(deliver));
    return { batchItemFailures: failures.flat() };
  };

  async function deliver(record: SQSRecord): Promise<SQSBatchItemFailure[]> {
    const { messageId } = record;
    const attempt = Number(record.attributes.ApproximateReceiveCount);
    try {
      const webhook = z.parse(DueWebhook, JSON.parse(record.body));
      const outcome = await send(webhook, attempt);
      if (outcome === 'delivered' || outcome === 'gone') return [];
      const isFinal = outcome === 'refused' && attempt >= maxRefusedAttempts;
      if (isFinal && (await undelivered.send([webhook])).length === 0) return [];
    } catch (error) {
      logger.error('Failed to process a webhook', { messageId, attempt, error: error as Error });
    }
    await postpone(record.receiptHandle, attempt);
    return [{ itemIdentifier: messageId }];
  }

  async function send(webhook: DueWebhook, attempt: number): Promise<WebhookOutcome> {
    const { jobId, version } = webhook;
    const job = await jobs.get(jobId);
    const event = job && webhookEventOf(job, urls);
    // The job was redriven. Its next end has a webhook of its own.
    if (!event || job.version !== version) {
      logger.info('The webhook is out of date', { jobId, version });
      return 'gone';
    }
    const url = (await orders.get(orderIdOf(jobId)))?.callbackUrl;
    if (url === undefined) {
      logger.warn('The order has no callback URL', { jobId, version });
      return 'gone';
    }
    const { outcome, reason } = await sender.send({ url, id: webhookIdOf(webhook), event });
    // The URL is never logged: its query may hold a secret of the receiver.
    logger.info('Webhook attempted', { jobId, version, attempt, outcome, reason });
    return outcome;
  }

  async function postpone(receipt: string, attempt: number): Promise<void> {
    try {
      await queue.postpone(receipt, retryDelaySeconds(attempt));
    } catch (error) {
      // The message becomes visible again anyway, after the visibility timeout of the queue.
      logger.warn('Failed to postpone a webhook', { error: error as Error });
    }
  }
}

const environment = environmentOf('webhooks/deliver');
export const handler = createDeliver({
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  orders: createOrders({ table: environment.ORDERS_TABLE }),
  sender: createWebhookSender({ secretArn: environment.WEBHOOK_SECRET_ARN }),
  queue: createWebhookQueue({ queueUrl: environment.WEBHOOK_QUEUE_URL }),
  undelivered: createWebhookQueue({ queueUrl: environment.UNDELIVERED_QUEUE_URL }),
  urls: { api: environment.API_URL },
});
