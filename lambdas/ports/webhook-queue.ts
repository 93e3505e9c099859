import type { DueWebhook } from '../../domain/job/webhook.ts';

/** A queue of webhooks that are due or will be. */
export interface WebhookQueue {
  /**
   * Enqueues up to ten webhooks, each to be received after its delay or, if that is longer than the queue can delay a
   * message, with the rest of it.
   *
   * @returns those that were not enqueued
   */
  send(webhooks: readonly DueWebhook[]): Promise<readonly DueWebhook[]>;
}
