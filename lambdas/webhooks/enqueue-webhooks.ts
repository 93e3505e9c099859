import { isTerminal } from '../../domain/job/job.ts';
import type { DueWebhook } from '../../domain/job/webhook.ts';
import { isVisible, type JobChange } from '../ports/job-change.ts';
import type { WebhookQueue } from '../ports/webhook-queue.ts';
import { logger } from '../runtime/telemetry.ts';

/** Maximum number of messages in one call of the queue. */
const batchSize = 10;

/**
 * Enqueues a webhook for every job that ended and has a `callbackUrl`. The queue gets ids only; the function that sends
 * the webhook reads the rest. It stops at the first failure, because the stream redelivers everything from there on.
 *
 * @returns the changes from the first one on whose webhook was not enqueued
 */
export function createEnqueueWebhooks({ queue }: { readonly queue: WebhookQueue }) {
  return async (changes: readonly JobChange[]): Promise<readonly JobChange[]> => {
    const due = changes.filter(isDue);
    for (let i = 0; i < due.length; i += batchSize) {
      const webhooks = due.slice(i, i + batchSize).map(webhookOf);
      const [firstFailed] = await send(webhooks);
      if (firstFailed) return due.slice(i + webhooks.indexOf(firstFailed));
    }
    return [];
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

const webhookOf = ({ after: { jobId, version, owner } }: JobChange): DueWebhook => ({
  jobId,
  version,
  owner,
  attempt: 1,
  delaySeconds: 0,
});
