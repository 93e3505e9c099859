import type { DeadLetterQueue } from '../../domain/operator/dead-letter-queues.ts';

export interface DeadLetter {
  /** ISO 8601. */
  readonly sentAt: string;
  readonly body: string;
}

/** What could not be processed. */
export interface DeadLetterQueues {
  /** The approximate number of messages. */
  count(queue: DeadLetterQueue): Promise<number>;
  /** Reads up to a hundred messages, which stay in the queue. */
  peek(queue: DeadLetterQueue): Promise<readonly DeadLetter[]>;
  /** Starts to move all given-up webhooks back to the queue of those that are due. */
  redriveWebhooks(): Promise<void>;
}
