import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { orderIdOf } from '../../domain/job/job.ts';
import {
  type Callback,
  maxRefusedAttempts,
  retryDelaySeconds,
  webhookEventOf,
  webhookIdOf,
} from '../../domain/job/webhook.ts';
import { createCallbackQueue } from '../adapters/callback-queue.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createWebhookSender } from '../adapters/webhook-sender.ts';
import type { CallbackQueue, Jobs, Orders, WebhookOutcome, Webhooks } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

export interface WebhooksPorts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly orders: Pick<Orders, 'get'>;
  readonly webhooks: Webhooks;
  readonly queue: Pick<CallbackQueue, 'postpone' | 'giveUp'>;
}

/**
 * Calls back whoever asked for it. An attempt that failed is reported and comes again, later each time; the queue
 * itself moves what failed too often to the dead letters. What only a person can mend goes there sooner.
 */
export function createWebhooks({ jobs, orders, webhooks, queue }: WebhooksPorts) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = await Promise.all(Records.map(work));
    return { batchItemFailures: failures.flat() };
  };

  async function work({
    messageId,
    receiptHandle,
    body,
    attributes,
  }: SQSRecord): Promise<SQSBatchItemFailure[]> {
    const attempt = Number(attributes.ApproximateReceiveCount);
    try {
      const callback = JSON.parse(body) as Callback;
      const outcome = await attemptOf(callback, attempt);
      if (outcome === 'delivered' || outcome === 'gone') return [];
      if (outcome === 'refused' && attempt >= maxRefusedAttempts) {
        await queue.giveUp(callback);
        return [];
      }
    } catch (error) {
      logger.error('A callback could not be worked on', { messageId, attempt, error: error as Error });
    }
    await postpone(receiptHandle, attempt);
    return [{ itemIdentifier: messageId }];
  }

  async function attemptOf(callback: Callback, attempt: number): Promise<WebhookOutcome> {
    const { jobId, version } = callback;
    const job = await jobs.get(jobId);
    const event = job && webhookEventOf(job);
    // Redriven meanwhile: it will end again, or has, and that end has a callback of its own.
    if (!event || job.version !== version) {
      logger.info('Nothing to call back about any more', { jobId, version });
      return 'gone';
    }
    const url = (await orders.get(orderIdOf(jobId)))?.callbackUrl;
    if (url === undefined) {
      logger.warn('A callback without an address', { jobId, version });
      return 'gone';
    }
    const { outcome, reason } = await webhooks.send({ url, id: webhookIdOf(callback), event });
    // Never the address: its query may hold a secret of the receiver's.
    logger.info('Called back', { jobId, version, attempt, outcome, reason });
    return outcome;
  }

  async function postpone(receipt: string, attempt: number): Promise<void> {
    try {
      await queue.postpone(receipt, retryDelaySeconds(attempt));
    } catch (error) {
      // It comes again all the same, after the queue's own visibility timeout.
      logger.warn('A callback could not be postponed', { error: error as Error });
    }
  }
}

const environment = environmentOf('webhooks');
export const handler = createWebhooks({
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  orders: createOrders({ table: environment.ORDERS_TABLE }),
  webhooks: createWebhookSender({ secretArn: environment.WEBHOOK_SECRET_ARN }),
  queue: createCallbackQueue({
    queueUrl: environment.CALLBACK_QUEUE_URL,
    undeliveredUrl: environment.UNDELIVERED_QUEUE_URL,
  }),
});
