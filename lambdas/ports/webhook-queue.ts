import type { DueWebhook } from '../../domain/job/webhook.ts';

/** A queue of webhooks: those to send, or the dead letters that an operator inspects. */
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
