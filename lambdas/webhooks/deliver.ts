import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { orderIdOf } from '../../domain/job/job.ts';
import type { PublicUrls } from '../../domain/job/status.ts';
import { DueWebhook, retryOf, timeoutMsOf, webhookEventOf, webhookIdOf } from '../../domain/job/webhook.ts';
import { createDeadLetters } from '../adapters/dead-letters.ts';
import { createJobs } from '../adapters/jobs.ts';
import { createOrders } from '../adapters/orders.ts';
import { createWebhookQueue } from '../adapters/webhook-queue.ts';
import { createWebhookSender } from '../adapters/webhook-sender.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
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
  /** The queue of webhooks whose first attempt failed. */
  readonly retries: WebhookQueue;
  readonly undelivered: DeadLetters;
  readonly urls: Pick<PublicUrls, 'api'>;
}

/** Maximum number of messages in one call of the queue. */
const batchSize = 10;

/**
 * Delivers webhooks of two queues: the due ones, and those to be retried. A message is received once: a webhook that
 * failed, or that is not due yet, is a new and delayed message among the retries. So no number of failing receivers fills
 * the in-flight messages of a queue, and retries never take the capacity of first attempts. A webhook whose attempts are
 * used up, and a message that is no webhook, go to the dead letters. SQS shows a message again, after the visibility
 * timeout, only if a queue did not take what became of it.
 */
export function createDeliver({ jobs, orders, sender, retries, undelivered, urls }: DeliverPorts) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    const next = new Map<DueWebhook, string>();
    await Promise.all(
      Records.map(async ({ messageId, body }) => {
        try {
          const webhook = await handle(body);
          if (webhook) next.set(webhook, messageId);
        } catch (error) {
          logger.error('Failed to give up a webhook', { messageId, error: error as Error });
          failed.push(messageId);
        }
      }),
    );
    for (const webhook of await retry([...next.keys()])) failed.push(next.get(webhook) ?? '');
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

  /** @returns what is to be retried */
  async function handle(body: string): Promise<DueWebhook | undefined> {
    const webhook = webhookOf(body);
    if (!webhook) {
      await undelivered.send(body);
      return undefined;
    }
    if (webhook.delaySeconds > 0) return webhook;
    const { outcome, retryAfterSeconds } = await attempt(webhook);
    if (outcome === 'delivered' || outcome === 'gone') return undefined;
    const next = retryOf(webhook, { refused: outcome === 'refused', retryAfterSeconds });
    const { jobId, version } = webhook;
    if (!next) await undelivered.send({ jobId, version });
    return next;
  }

  /** @returns those that the queue did not take */
  async function retry(webhooks: readonly DueWebhook[]): Promise<readonly DueWebhook[]> {
    const batches = Array.from({ length: Math.ceil(webhooks.length / batchSize) }, (_, i) =>
      webhooks.slice(i * batchSize, (i + 1) * batchSize),
    );
    const refused = await Promise.all(
      batches.map(async (batch) => {
        try {
          return await retries.send(batch);
        } catch (error) {
          logger.error('Failed to enqueue retries', { webhooks: batch.length, error: error as Error });
          return batch;
        }
      }),
    );
    return refused.flat();
  }

  async function attempt(webhook: DueWebhook): Promise<WebhookOutcome> {
    const { jobId, version, attempt } = webhook;
    try {
      const result = await send(webhook);
      // The URL is never logged: its query may hold a secret of the receiver.
      logger.info('Webhook attempted', { jobId, version, attempt, ...result });
      return result;
    } catch (error) {
      logger.error('Failed to attempt a webhook', { jobId, version, attempt, error: error as Error });
      return { outcome: 'failed', reason: 'internal' };
    }
  }

  async function send(webhook: DueWebhook): Promise<WebhookOutcome> {
    const { jobId, version } = webhook;
    const job = await jobs.get(jobId);
    const event = job && webhookEventOf(job, urls);
    // The job was redriven. Its next end has a webhook of its own.
    if (!event || job.version !== version) return { outcome: 'gone', reason: 'out of date' };
    const url = (await orders.get(orderIdOf(jobId)))?.callbackUrl;
    if (url === undefined) return { outcome: 'gone', reason: 'no callback URL' };
    const { owner } = job;
    return sender.send({ url, id: webhookIdOf(webhook), event, owner, timeoutMs: timeoutMsOf(webhook) });
  }
}

/** @returns undefined for a message that is no webhook */
function webhookOf(body: string): DueWebhook | undefined {
  try {
    return z.parse(DueWebhook, JSON.parse(body));
  } catch (error) {
    logger.error('Failed to read a message', { error: error as Error });
    return undefined;
  }
}

const environment = environmentOf('webhooks/deliver');
export const handler = createDeliver({
  jobs: createJobs({ table: environment.JOBS_TABLE }),
  orders: createOrders({ table: environment.ORDERS_TABLE }),
  sender: createWebhookSender({
    secretArn: environment.WEBHOOK_SECRET_ARN,
    ports: environment.WEBHOOK_PORTS,
  }),
  retries: createWebhookQueue({ queueUrl: environment.RETRY_QUEUE_URL }),
  undelivered: createDeadLetters({ queueUrl: environment.DEAD_LETTER_QUEUE_URL }),
  urls: { api: environment.API_URL },
});
