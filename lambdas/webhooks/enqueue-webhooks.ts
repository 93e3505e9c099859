import { isTerminal } from '../../domain/job/job.ts';
import type { DueWebhook } from '../../domain/job/webhook.ts';
import { isVisible, type JobChange } from '../ports/job-change.ts';
import type { WebhookQueue } from '../ports/webhook-queue.ts';
import { logger } from '../runtime/telemetry.ts';

/** Maximum number of messages in one call of the queue. */
const batchSize = 10;

/**
 * Enqueues a webhook for every job that ended and has a `callbackUrl`. The queue gets ids only; the function that sends
 * the webhook reads the rest.
 *
 * @returns the changes whose webhook was not enqueued
 */
export function createEnqueueWebhooks({ queue }: { readonly queue: Pick<WebhookQueue, 'send'> }) {
  return async (changes: readonly JobChange[]): Promise<readonly JobChange[]> => {
    const due = new Map<DueWebhook, JobChange>(
      changes.filter(isDue).map((change) => {
        const { jobId, version } = change.after;
        return [{ jobId, version }, change];
      }),
    );
    const webhooks = [...due.keys()];
    const failed: DueWebhook[] = [];
    for (let i = 0; i < webhooks.length; i += batchSize) {
      failed.push(...(await send(webhooks.slice(i, i + batchSize))));
    }
    return failed.flatMap((webhook) => due.get(webhook) ?? []);
  };

  /** @returns the webhooks that were not enqueued: all of them if the queue is unavailable */
  async function send(webhooks: readonly DueWebhook[]): Promise<readonly DueWebhook[]> {
    try {
      return await queue.send(webhooks);
    } catch (error) {
      logger.error('Failed to enqueue webhooks', { webhooks: webhooks.length, error: error as Error });
      return webhooks;
    }
  }
}

const isDue = (change: JobChange): boolean =>
  change.after.webhook === true && isTerminal(change.after) && isVisible(change);
