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
      const isBinary = DataType.startsWith('Binary');
      const value = isBinary ? Buffer.from(BinaryValue, 'base64') : Buffer.from(StringValue);
      const [ownName, type] = [Buffer.from(name), Buffer.from(DataType)];
      return [...sized(ownName), ...sized(type), Buffer.of(isBinary ? 2 : 1), ...sized(value)];
    });
  return parts.length === 0 ? undefined : md5(Buffer.concat(parts));
}

const sized = (data: Buffer) => [Buffer.from(Uint32Array.of(data.length).buffer).swap32(), data];
