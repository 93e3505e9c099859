import type { DueWebhook } from '../../domain/job/webhook.ts';

/** The queue of webhooks to send. */
export interface WebhookQueue {
  /**
   * Enqueues up to ten webhooks.
   *
   * @returns those that were not enqueued
   */
  send(webhooks: readonly DueWebhook[]): Promise<readonly DueWebhook[]>;
  /**
   * Makes a received webhook available again after a delay.
   *
   * @param receipt - receipt handle of the message
   */
  postpone(receipt: string, seconds: number): Promise<void>;
}

/** The dead-letter queue of webhooks, which an operator inspects. */
export interface UndeliveredWebhooks {
  add(webhook: DueWebhook): Promise<void>;
}
