import { account, region } from '../wire/account.ts';
import type { MessageCounts, MessageStore, StoredMessage } from './message-store.ts';

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
export interface Outgoing {
  readonly body: string;
  /** Message attributes as JSON. */
  readonly attributes?: string;
  readonly delayMs?: number | undefined;
  readonly sender?: string;
}

export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

/** `DelaySeconds` and visibility timeouts are waits and scaled; retention and long polling are not. */
export class MessageQueue {
  readonly settings: QueueSettings;
  readonly arn: string;
  readonly #store: MessageStore;
  readonly #timeScale: number;
  readonly #deadLetters: (arn: string) => MessageQueue;
  /** Settles when there may be something new to receive. */
  #news = Promise.withResolvers<void>();

  constructor(
    settings: QueueSettings,
    store: MessageStore,
    timeScale: number,
    deadLetters: (arn: string) => MessageQueue,
  ) {
    this.settings = settings;
    this.arn = queueArn(settings.name);
    this.#store = store;
    this.#timeScale = timeScale;
    this.#deadLetters = deadLetters;
  }

  /** @returns The message's id. */
  send({ body, attributes = '{}', delayMs = this.settings.delayMs, sender = account }: Outgoing): string {
    const now = Date.now();
    const visible = now + Math.round(delayMs * this.#timeScale);
    const id = this.#store.add({ queue: this.settings.name, body, attributes, sender, sent: now, visible });
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
      const next = this.#store.nextVisible(this.settings.name) ?? deadline;
      await this.#newsWithin(Math.max(1, Math.min(next, deadline) - now), signal);
    }
    return [];
  }

  delete(receipt: string): void {
    const message = this.#store.find(this.settings.name, receipt);
    if (message) this.#store.delete(message.seq);
  }

  /** Hides a received message until then. @returns False when the handle is of no message in flight. */
  hideUntil(receipt: string, visible: number): boolean {
    const message = this.#store.find(this.settings.name, receipt);
    if (!message || message.visible <= Date.now()) return false;
    this.#store.hide(message.seq, visible);
    this.#wake();
    return true;
  }

  /** Shows a received message again from then on, unless whoever got it has chosen a time itself. */
  reappear({ receipt, visible }: StoredMessage, at: number): void {
    const message = this.#store.find(this.settings.name, receipt ?? '');
    if (message?.visible === visible) this.hideUntil(receipt ?? '', at);
  }

  /**
   * Sends the next message that may be received to another queue, as a new one, and deletes it here.
   * @param to Chooses the queue; `source` is the ARN of the queue that gave the message up.
   * @returns false when there is no such message
   */
  moveNext(to: (source: string | null) => MessageQueue): boolean {
    const message = this.#store.next(this.settings.name, Date.now());
    if (!message) return false;
    to(message.source).send(message);
    this.#store.delete(message.seq);
    return true;
  }

  purge(): void {
    this.#store.expire(this.settings.name, Number.MAX_SAFE_INTEGER);
  }

  counts(): MessageCounts {
    return this.#store.counts(this.settings.name, Date.now());
  }

  get scaledVisibilityMs(): number {
    return this.scaled(this.settings.visibilityMs);
  }

  scaled(ms: number): number {
    return Math.round(ms * this.#timeScale);
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
        const deadLetters = this.#deadLetters(redrive.deadLetterArn);
        this.#store.move(message.seq, deadLetters.settings.name, this.arn);
        deadLetters.#wake();
      } else {
        // Later than now even when the timeout is 0, or this loop would receive it twice.
        taken.push(this.#store.receive(message.seq, now, now + Math.max(1, hiddenMs)));
      }
    }
    return taken;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async #newsWithin(ms: number, signal?: AbortSignal): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, Math.min(ms, 2 ** 31 - 1));
    const end = () => late.resolve();
    signal?.addEventListener('abort', end, { once: true });
    await Promise.race([this.#news.promise, late.promise]);
    signal?.removeEventListener('abort', end);
    clearTimeout(timer);
  }
}
