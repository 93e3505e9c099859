import type { JsonObject } from '../wire/aws-service.ts';
import { attributesDigest, type MessageAttribute, md5 } from './message-digest.ts';
import type { StoredMessage } from './message-store.ts';

/** System attributes of a received message, by their names in SQS. */
export function systemAttributes(message: StoredMessage): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sent),
    SenderId: message.sender,
    ApproximateFirstReceiveTimestamp: String(message.firstReceived),
    ...(message.source !== null && { DeadLetterQueueSourceArn: message.source }),
  };
}

/** A message as ReceiveMessage answers it, with the attributes that its caller asks for. */
export function receivedMessage(message: StoredMessage, asked: JsonObject): JsonObject {
  const { MessageSystemAttributeNames, AttributeNames, MessageAttributeNames } = asked;
  const system = chosen(systemAttributes(message), [MessageSystemAttributeNames, AttributeNames].flat());
  const own = chosen(JSON.parse(message.attributes), [MessageAttributeNames].flat());
  const digest = attributesDigest(own as Record<string, MessageAttribute>);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(digest && { MessageAttributes: own, MD5OfMessageAttributes: digest }),
  };
}

function chosen(all: Record<string, unknown>, names: readonly unknown[]): Record<string, unknown> {
  const isChosen = (attribute: string) =>
    names.some((name) => {
      if (name === 'All' || name === '.*' || name === attribute) return true;
      return typeof name === 'string' && name.endsWith('.*') && attribute.startsWith(name.slice(0, -2));
    });
  return Object.fromEntries(Object.entries(all).filter(([name]) => isChosen(name)));
}
