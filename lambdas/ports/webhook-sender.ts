import type { WebhookEvent } from '../../domain/job/webhook.ts';

/** A webhook for a receiver. */
export interface WebhookDelivery {
  readonly url: string;
  /** The same for every attempt, so that the receiver can drop repeats. */
  readonly id: string;
  readonly event: WebhookEvent;
  /** Owner of the job, whose key signs. */
  readonly owner: string;
  /** Timeout of the attempt, from resolving the host name to the status of the response, in milliseconds. */
  readonly timeoutMs: number;
}

/** Result of an attempt. A `gone` receiver wants no more attempts, `refused` needs a person, `failed` may succeed later. */
export interface WebhookOutcome {
  readonly outcome: 'delivered' | 'gone' | 'refused' | 'failed';
  /** Safe to log. */
  readonly reason: string;
  /** Seconds that an overloaded receiver asks to be left alone. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Outgoing webhooks. */
export interface WebhookSender {
  send(delivery: WebhookDelivery): Promise<WebhookOutcome>;
}
