import { createHash } from 'node:crypto';

/** A message attribute on the wire. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export const md5 = (data: string | Buffer): string => createHash('md5').update(data).digest('hex');

/**
 * The digest of message attributes that SDKs compare.
 * @returns undefined when there are none
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function attributesDigest(attributes: Readonly<Record<string, MessageAttribute>>): string | undefined {
  const parts = Object.entries(attributes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, { DataType, StringValue = '', BinaryValue = '' }]) => {
      const value = DataType.startsWith('Binary') ? Buffer.from(BinaryValue, 'base64') : StringValue;
      return [...sized(name), ...sized(DataType), Buffer.of(value === StringValue ? 1 : 2), ...sized(value)];
    });
  return parts.length === 0 ? undefined : md5(Buffer.concat(parts));
}

function sized(data: string | Buffer): [Buffer, Buffer] {
  const bytes = Buffer.from(data as string);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return [size, bytes];
}
