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

interface QueuePorts extends Pick<MessageStore, 'sql'> {
  /** Factor on delays and visibility timeouts. Retention and long polling are not scaled. */
  readonly timeScale: number;
  readonly deadLetters: (arn: string) => { takeOver(seq: number, source: string): void };
}

/** A message to send. */
type Outgoing = Pick<StoredMessage, 'body'> &
  Partial<Pick<StoredMessage, 'attributes' | 'sender'>> & { readonly delayMs?: number };

export type MessageQueue = ReturnType<typeof createMessageQueue>;

export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

/** A queue. Every write is done when its method returns. Only the handle of its last receipt finds a message. */
export function createMessageQueue(settings: QueueSettings, { sql, timeScale, deadLetters }: QueuePorts) {
  const { name, retentionMs, redrive } = settings;
  const arn = queueArn(name);
  const scaled = (ms: number): number => Math.round(ms * timeScale);
  const scaledVisibilityMs = scaled(settings.visibilityMs);
  /** Wakes those that wait for a message. */
  const waiting = new Set<() => void>();

  function wakeAll(): void {
    for (const wake of waiting) wake();
  }

  /** Resolves when there may be something new to receive, at the latest after the time. */
  const news = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });

  function take(max: number, hiddenMs: number): StoredMessage[] {
    const now = Date.now();
    sql`DELETE FROM message WHERE queue = ${name} AND sent < ${now - retentionMs}`;
    const found = sql<StoredMessage>`SELECT * FROM message WHERE queue = ${name} AND visible <= ${now}
      ORDER BY visible, seq LIMIT ${max}`;
    const taken: StoredMessage[] = [];
    for (const { seq, receives } of found) {
      // As on AWS, a message leaves for the dead-letter queue when it would be received once too often.
      if (redrive && receives >= redrive.maxReceives) deadLetters(redrive.deadLetterArn).takeOver(seq, arn);
      else
        taken.push(
          ...sql<StoredMessage>`UPDATE message SET receives = receives + 1, visible = ${now + hiddenMs},
          firstReceived = coalesce(firstReceived, ${now}), receipt = ${randomUUID()} WHERE seq = ${seq} RETURNING *`,
        );
    }
    return taken.length > 0 || found.length === 0 ? taken : take(max, hiddenMs);
  }

  /** @returns the message's id */
  function send({ body, attributes = '{}', delayMs = settings.delayMs, sender = account }: Outgoing): string {
    const [id, now] = [randomUUID(), Date.now()];
    sql`INSERT INTO message (queue, id, body, attributes, sender, sent, visible)
      VALUES (${name}, ${id}, ${body}, ${attributes}, ${sender}, ${now}, ${now + scaled(delayMs)})`;
    wakeAll();
    return id;
  }

  /** Receives up to `max` messages and hides them for `hiddenMs`, not scaled. `signal` ends the wait for the first. */
  async function receive(max: number, waitMs: number, hiddenMs = scaledVisibilityMs, signal?: AbortSignal) {
    const deadline = Date.now() + waitMs;
    while (!signal?.aborted) {
      const messages = take(max, hiddenMs);
      const now = Date.now();
      if (messages.length > 0 || now >= deadline) return messages;
      const [next] = sql<{ at: number | null }>`SELECT min(visible) AS at FROM message WHERE queue = ${name}`;
      await news(Math.max(1, Math.min(next?.at ?? deadline, deadline) - now), signal);
    }
    return [];
  }

  /** Hides a message in flight; given `chosen`, only one hidden until that time. @returns whether there is one */
  function hideUntil(receipt: string, at: number, chosen: number | null = null): boolean {
    const hidden = sql`UPDATE message SET visible = ${at} WHERE queue = ${name}
      AND receipt = ${receipt} AND visible > ${Date.now()} AND visible = coalesce(${chosen}, visible) RETURNING seq`;
    wakeAll();
    return hidden.length > 0;
  }

  /** Takes a message that another queue gives up; its count of receipts begins again. */
  function takeOver(seq: number, source: string): void {
    sql`UPDATE message SET queue = ${name}, source = ${source}, receives = 0, firstReceived = NULL,
      receipt = NULL, visible = 0 WHERE seq = ${seq}`;
    wakeAll();
  }

  function counts() {
    const [row] = sql`SELECT count(*) FILTER (WHERE visible <= now) AS visible,
        count(*) FILTER (WHERE visible > now AND receives > 0) AS inFlight,
        count(*) FILTER (WHERE visible > now AND receives = 0) AS delayed
      FROM message, (SELECT ${Date.now()} AS now) WHERE queue = ${name}`;
    return row as Record<'visible' | 'inFlight' | 'delayed', number>;
  }

  return {
    ...{ settings, arn, scaled, scaledVisibilityMs, send, receive, hideUntil, takeOver, counts },
    delete: (receipt: string) => void sql`DELETE FROM message WHERE queue = ${name} AND receipt = ${receipt}`,
    /** Shows a received message again from then on, unless its receiver has chosen a time itself. */
    reappear: ({ receipt, visible }: StoredMessage, at: number) => void hideUntil(receipt ?? '', at, visible),
    purge: () => void sql`DELETE FROM message WHERE queue = ${name}`,
  };
}
