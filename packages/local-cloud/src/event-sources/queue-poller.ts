import { setTimeout as wait } from 'node:timers/promises';
import { type MessageAttribute, md5 } from '../sqs/message-digest.ts';
import type { MessageQueue } from '../sqs/message-queue.ts';
import type { StoredMessage } from '../sqs/message-store.ts';
import { systemAttributes } from '../sqs/received-message.ts';
import { region } from '../wire/account.ts';
import { type MappingPorts, type MappingSettings, reportedFailures } from './event-source-mapping.ts';

/** Lambda begins with five batches at a time, and more would only wait for the machine's cores. */
const defaultConcurrency = 5;
const longPollMs = 20_000;
const pauseAfterFailureMs = 1_000;

/**
 * Feeds a function from a queue: what succeeded is deleted, what failed is received again after the visibility
 * timeout (or when the function said by ChangeMessageVisibility), or goes to the dead-letter queue.
 * @returns a function that ends it without waiting for the batches in work
 * @throws Error when the queue would show a message again while its function may still run.
 */
export function pollQueue(settings: MappingSettings, ports: MappingPorts): () => void {
  const queue = ports.queue(settings.sourceArn);
  const stopping = new AbortController();
  const { signal } = stopping;
  const { timeScale, functions } = ports;
  const timeoutMs = functions.find(settings.functionArn)?.timeoutMs ?? 0;
  const { name, visibilityMs } = queue.settings;
  if (visibilityMs < timeoutMs) {
    throw new Error(
      `VisibilityTimeout of ${name} is ${visibilityMs / 1000} s, shorter than the ${timeoutMs / 1000} s that ${settings.functionArn} may run`,
    );
  }
  // Shrunken, it may be shorter than the function runs: nobody else may get the message meanwhile.
  const hiddenMs =
    timeScale < 1
      ? Math.max(queue.scaledVisibilityMs, timeoutMs + 1_000) + settings.windowMs * timeScale
      : visibilityMs;

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      try {
        const batch = await gather();
        if (batch.length > 0) await deliver(batch);
      } catch (error) {
        if (signal.aborted) return;
        const message = `${settings.path} could not take from its queue`;
        ports.log({ level: 'error', message, error: String((error as Error).stack) });
        await wait(pauseAfterFailureMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** One batch, without the messages that the filters do not let through. */
  async function gather(): Promise<StoredMessage[]> {
    const batch: StoredMessage[] = [];
    let deadline = Number.POSITIVE_INFINITY;
    while (batch.length < settings.batchSize && !signal.aborted) {
      const left = deadline - Date.now();
      if (left <= 0 && batch.length > 0) break;
      const wanted = settings.batchSize - batch.length;
      const messages = await queue.receive(wanted, Math.min(longPollMs, left), hiddenMs, signal);
      for (const message of messages) {
        if (isWanted(settings, message, queue)) batch.push(message);
        else queue.delete(message.receipt ?? '');
      }
      if (batch.length > 0) deadline = Math.min(deadline, Date.now() + settings.windowMs * timeScale);
    }
    return batch;
  }

  async function deliver(batch: readonly StoredMessage[]): Promise<void> {
    const receivedAt = Date.now();
    const Records = batch.map((message) => recordOf(message, queue));
    const invocation = await functions.invoke(settings.functionArn, { Records });
    if (signal.aborted && !invocation.ok) return;
    const known = new Set(batch.map(({ id }) => id));
    const reported = invocation.ok && settings.reportsFailures ? invocation.payload : undefined;
    const failures = invocation.ok ? reportedFailures(reported, known) : 'all';
    for (const message of batch) {
      const isFailed = failures === 'all' || failures.includes(message.id);
      if (isFailed) queue.reappear(message, receivedAt + queue.scaledVisibilityMs);
      else queue.delete(message.receipt ?? '');
    }
  }

  for (let i = 0; i < (settings.maxConcurrency ?? defaultConcurrency); i++) void poll();
  return () => stopping.abort();
}

/** A message as a function gets it. */
function recordOf(message: StoredMessage, queue: MessageQueue): object {
  const attributes = Object.entries(JSON.parse(message.attributes) as Record<string, MessageAttribute>);
  const messageAttributes = attributes.map(
    ([name, { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue }]) => [
      name,
      // Without the members that are undefined, once it is JSON.
      { stringValue, binaryValue, stringListValues: [], binaryListValues: [], dataType },
    ],
  );
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(messageAttributes),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: region,
  };
}

/**
 * Patterns look into a JSON body, but a pattern for text does not match one, nor the other way round.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
 */
function isWanted({ patterns }: MappingSettings, message: StoredMessage, queue: MessageQueue): boolean {
  if (patterns.length === 0) return true;
  const record = { ...recordOf(message, queue), body: parsedBody(message.body) };
  return patterns.some((matches) => matches(record));
}

function parsedBody(body: string): unknown {
  try {
    const parsed = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : body;
  } catch {
    return body;
  }
}
