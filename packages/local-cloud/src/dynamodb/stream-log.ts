import { randomUUID } from 'node:crypto';
import { region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import {
  type BatchOperation,
  type Item,
  itemSize,
  keyNames,
  pick,
  type Store,
  type Table,
} from './dynalite.ts';

/** Records older than this are dropped, as on AWS. */
const retentionMs = 24 * 60 * 60 * 1000;
/** So are the oldest beyond this much text a stream: about 40,000 changes of a small item. */
const retentionBytes = 64 * 1024 * 1024;
const viewTypes = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

/** An item before and after a write. */
export interface Change {
  readonly table: Table;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** Set when the item expired rather than being deleted by a caller. */
  readonly expired?: boolean;
}

/** What a table remembers of its stream. */
export interface StreamSettings {
  readonly label: string;
  readonly viewType: string;
  readonly enabled: boolean;
}

export interface Stream {
  readonly arn: string;
  readonly table: Table;
  settings: StreamSettings;
  /** Number of the oldest record kept; they are consecutive from there. */
  first: number;
  /** The records kept; their texts are in the store. */
  readonly records: { readonly bytes: number; readonly at: number }[];
  bytes: number;
  /** Settles at the next record. */
  arrival: PromiseWithResolvers<void>;
}

/** A record that is written together with its change and shown once that is done. */
export interface PendingRecord {
  readonly stream: Stream;
  readonly number: number;
  readonly text: string;
  readonly at: number;
}

/** Checks a StreamSpecification and gives it a label. */
export function streamSettings(viewType: unknown, now: number): StreamSettings {
  if (!viewTypes.includes(String(viewType))) {
    const allowed = `[${viewTypes.join(', ')}]`;
    throw new AwsError('ValidationException', `StreamViewType ${viewType} is none of ${allowed}`);
  }
  return { label: new Date(now).toISOString().slice(0, -1), viewType: String(viewType), enabled: true };
}

/** Where a record is kept, so that it and its change are one atomic write. */
export function recordOperation({ stream, number, text }: PendingRecord): BatchOperation {
  return { type: 'put', key: recordKey(stream, number), value: text, valueEncoding: 'utf8' };
}

/** Key range of all records a table ever had. */
export const recordRange = (table: string) => ({ gte: `stream~${table}~`, lt: `stream~${table}~~` });

const recordKeys = ({ table, settings }: Stream) => `${recordRange(table.TableName).gte}${settings.label}~`;
const recordKey = (stream: Stream, number: number) => `${recordKeys(stream)}${sequence(number)}`;

/** 21 digits always, so that comparing them as text is comparing them as numbers. */
export const sequence = (number: number) => `1${String(number).padStart(20, '0')}`;

/** Number that the next record gets. */
export const end = (stream: Stream) => stream.first + stream.records.length;

/** Text of a record that is kept. */
export const textOf = (stream: Stream, store: Store, number: number): string =>
  String(store.db.getSync(recordKey(stream, number), { valueEncoding: 'utf8' }));

/** Reads back what was recorded before a restart. */
export async function recall(stream: Stream, store: Store): Promise<void> {
  const gte = recordKeys(stream);
  for await (const [key, value] of store.db.iterator({ gte, lt: `${gte}~`, valueEncoding: 'utf8' })) {
    const text = String(value);
    if (stream.records.length === 0) stream.first = Number(key.slice(-20));
    const at = JSON.parse(text).dynamodb.ApproximateCreationDateTime * 1000;
    stream.records.push({ bytes: text.length, at });
    stream.bytes += text.length;
  }
}

/** Forgets what is too old or too much. @returns the store keys of that */
export function trim(stream: Stream, now: number): string[] {
  let count = 0;
  // The newest record always stays: numbering goes on from it after a restart.
  while (count < stream.records.length - 1) {
    const { bytes, at } = stream.records[count] as { bytes: number; at: number };
    if (stream.bytes <= retentionBytes && at > now - retentionMs) break;
    stream.bytes -= bytes;
    count++;
  }
  stream.records.splice(0, count);
  stream.first += count;
  return Array.from({ length: count }, (_, i) => recordKey(stream, stream.first - count + i));
}

export function record(
  { table, before, after, expired }: Change,
  stream: Stream,
  number: number,
  at: number,
): object {
  const { viewType } = stream.settings;
  const Keys = pick((after ?? before) as Item, keyNames(table.KeySchema));
  const NewImage = viewType.startsWith('NEW') ? after : undefined;
  const OldImage = viewType.includes('OLD') ? before : undefined;
  return {
    eventID: randomUUID().replaceAll('-', ''),
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / 1000),
      Keys,
      NewImage,
      OldImage,
      SequenceNumber: sequence(number),
      SizeBytes: [Keys, NewImage, OldImage].reduce((sum, image) => sum + (image ? itemSize(image) : 0), 0),
      StreamViewType: viewType,
    },
    ...(expired ? { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } } : {}),
  };
}
