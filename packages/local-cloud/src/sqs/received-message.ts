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
  const own: Record<string, MessageAttribute> = JSON.parse(message.attributes);
  const Attributes = chosen(systemAttributes(message), [MessageSystemAttributeNames, AttributeNames]);
  const MessageAttributes = chosen(own, [MessageAttributeNames]);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes,
    MessageAttributes,
    MD5OfMessageAttributes: attributesDigest(MessageAttributes ?? {}),
  };
}

/** The attributes asked for by name, by `prefix.*` or by `All`. @returns undefined when there are none */
export function chosen<Value>(all: Record<string, Value>, names: readonly unknown[]) {
  const wanted = names.flat().map((name) => (name === 'All' ? '.*' : String(name)));
  const found = Object.entries(all).filter(([own]) =>
    wanted.some((name) => own === name || (name.endsWith('.*') && own.startsWith(name.slice(0, -2)))),
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
