import { randomUUID } from 'node:crypto';
import { account, region } from '../wire/account.ts';
import type { MessageStore, StoredMessage } from './message-store.ts';

/** What the template says about a queue. Times are milliseconds, not yet scaled. */
export interface QueueSettings {
  readonly name: string;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  readonly waitMs: number;
  readonly maxBytes: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceives: number } | undefined;
}

/** A message to send. */
type Outgoing = Pick<StoredMessage, 'body'> &
  Partial<Pick<StoredMessage, 'attributes' | 'sender'>> & { readonly delayMs?: number };

interface QueuePorts {
  readonly store: MessageStore;
  readonly timeScale: number;
  readonly deadLetters: (arn: string) => MessageQueue;
}

export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

/** `DelaySeconds` and visibility timeouts are waits and scaled; retention and long polling are not. */
export class MessageQueue {
  readonly settings: QueueSettings;
  readonly arn: string;
  readonly #ports: QueuePorts;
  readonly #store: MessageStore;
  /** Wakes those that wait for a message. */
  readonly #waiting = new Set<() => void>();

  constructor(settings: QueueSettings, ports: QueuePorts) {
    this.settings = settings;
    this.arn = queueArn(settings.name);
    this.#ports = ports;
    this.#store = ports.store;
  }

  /** @returns the message's id */
  send({ body, attributes = '{}', delayMs = this.settings.delayMs, sender = account }: Outgoing): string {
    const [id, now] = [randomUUID(), Date.now()];
    this.#store.add(this.settings.name, id, body, attributes, sender, now, now + this.scaled(delayMs));
    this.#wake();
    return id;
  }

  /**
   * Receives up to `max` messages and hides them. Waits for the first one as long as asked; `signal` ends that.
   * @param hiddenMs How long they stay hidden, not scaled.
   */
  async receive(
    max: number,
    waitMs: number,
    hiddenMs = this.scaledVisibilityMs,
    signal?: AbortSignal,
  ): Promise<StoredMessage[]> {
    const deadline = Date.now() + waitMs;
    while (!signal?.aborted) {
      const messages = this.#take(max, hiddenMs);
      const now = Date.now();
      if (messages.length > 0 || now >= deadline) return messages;
      const { at } = this.#store.nextVisible(this.settings.name);
      await this.#news(Math.max(1, Math.min(at ?? deadline, deadline) - now), signal);
    }
    return [];
  }

  delete(receipt: string): void {
    this.#store.delete(this.settings.name, receipt);
  }

  /**
   * Hides a received message until then.
   * @param chosen Only if it is hidden until this time.
   * @returns false when the handle is of no message in flight
   */
  hideUntil(receipt: string, visible: number, chosen: number | null = null): boolean {
    const isHidden = this.#store.hide(visible, this.settings.name, receipt, Date.now(), chosen) !== undefined;
    if (isHidden) this.#wake();
    return isHidden;
  }

  /** Shows a received message again from then on, unless its receiver has chosen a time itself. */
  reappear({ receipt, visible }: StoredMessage, at: number): void {
    this.hideUntil(receipt ?? '', at, visible);
  }

  /**
   * Sends the next message that may be received to another queue, as a new one, and deletes it here.
   * @param to Chooses the queue; `source` is the ARN of the queue that gave the message up.
   * @returns false when there is no such message
   * @throws Error CouldNotDetermineMessageSource, SQS's word for it, when there is no queue to send it to
   */
  moveNext(to: (source: string) => MessageQueue | undefined): boolean {
    const message = this.#store.next(this.settings.name, Date.now());
    if (!message) return false;
    const queue = to(message.source ?? '');
    if (!queue) throw new Error('CouldNotDetermineMessageSource');
    queue.send(message);
    this.#store.remove(message.seq);
    return true;
  }

  purge(): void {
    this.#store.expire(this.settings.name, Number.MAX_SAFE_INTEGER);
  }

  counts(): ReturnType<MessageStore['counts']> {
    return this.#store.counts(Date.now(), this.settings.name);
  }

  get scaledVisibilityMs(): number {
    return this.scaled(this.settings.visibilityMs);
  }

  scaled(ms: number): number {
    return Math.round(ms * this.#ports.timeScale);
  }

  #take(max: number, hiddenMs: number): StoredMessage[] {
    const { name, retentionMs, redrive } = this.settings;
    const now = Date.now();
    this.#store.expire(name, now - retentionMs);
    const taken: StoredMessage[] = [];
    while (taken.length < max) {
      const message = this.#store.next(name, now);
      if (!message) break;
      // As on AWS, a message leaves for the dead-letter queue when it would be received once too often.
      if (redrive && message.receives >= redrive.maxReceives) {
        const deadLetters = this.#ports.deadLetters(redrive.deadLetterArn);
        this.#store.move(deadLetters.settings.name, this.arn, message.seq);
        deadLetters.#wake();
      } else {
        // Later than now even when the timeout is 0, or this loop would receive it twice.
        const visible = now + Math.max(1, hiddenMs);
        taken.push(this.#store.receive(now, visible, randomUUID(), message.seq));
      }
    }
    return taken;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when there may be something new to receive, at the latest after the time. */
  #news(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }
}
