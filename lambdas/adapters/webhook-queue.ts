import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DueWebhook } from '../../domain/job/webhook.ts';
import type { WebhookQueue } from '../ports/webhook-queue.ts';
import { callLimits } from './call-limits.ts';

/** Longest delay of a message in SQS, in seconds. */
const longestDelaySeconds = 900;

/**
 * A queue of webhooks in Amazon SQS. Messages carry their owner as the message group, by which a standard queue keeps one
 * owner's backlog from delaying another's
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html).
 */
export function createWebhookQueue({ queueUrl: QueueUrl }: { readonly queueUrl: string }): WebhookQueue {
  const client = new SQSClient(callLimits);

  return {
    async send(webhooks) {
      const Entries = webhooks.map((webhook, i) => ({ Id: String(i), ...messageOf(webhook) }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const failed = new Set(Failed.map(({ Id }) => Id));
      return webhooks.filter((_, i) => failed.has(String(i)));
    },
  };
}

function messageOf(webhook: DueWebhook) {
  const { owner } = webhook;
  const DelaySeconds = Math.min(webhook.delaySeconds, longestDelaySeconds);
  const rest = { ...webhook, delaySeconds: webhook.delaySeconds - DelaySeconds };
  return {
    MessageBody: JSON.stringify(rest),
    DelaySeconds,
    ...(owner !== undefined && { MessageGroupId: groupOf(owner) }),
  };
}

/** A group takes 128 printable characters of ASCII, and the subject of a token may be any text. */
const groupOf = (owner: string): string => createHash('sha256').update(owner).digest('hex');
