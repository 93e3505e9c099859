import type { WebhookEvent } from '../../domain/job/webhook.ts';

/** A webhook for a receiver. */
export interface WebhookDelivery {
  readonly url: string;
  /** The same for every attempt, so that the receiver can drop repeats. */
  readonly id: string;
  readonly event: WebhookEvent;
}

/** Result of an attempt. A `gone` receiver wants no more attempts, `refused` needs a person, `failed` may succeed later. */
export type WebhookOutcome = 'delivered' | 'gone' | 'refused' | 'failed';

/** Outgoing webhooks. */
export interface WebhookSender {
  /** @returns the outcome and its reason, which is safe to log */
  send(delivery: WebhookDelivery): Promise<{ readonly outcome: WebhookOutcome; readonly reason: string }>;
}
