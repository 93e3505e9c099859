import { randomUUID } from 'node:crypto';
import { region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import { type Item, itemSize, pick } from './item.ts';
import type { Store, TableState } from './store.ts';
import { keyNames, type TableDescription } from './table-description.ts';

/** Limits of one GetRecords. */
const maxRecords = 1000;
const maxAnswerBytes = 1024 * 1024;
/** Older records are dropped, as on AWS. */
const retentionMs = 24 * 60 * 60 * 1000;
/** So are the oldest beyond this number, to bound the disk. */
const retentionRecords = 100_000;
/** All records of a table go through one shard, in the order of their writes. */
const shardId = 'shardId-00000000000000000000-00000001';

/** An item before and after a write. */
export interface Change {
  readonly before?: Item | undefined;
  readonly after?: Item | undefined;
  /** Set when the item expired rather than being deleted by a caller. */
  readonly expired?: boolean;
}

/** The embedded DynamoDB Streams. */
export class Streams {
  readonly #store: Store;
  readonly #tables: () => Iterable<TableState>;
  /** Settle at the next record, by stream ARN. */
  readonly #arrivals = new Map<string, PromiseWithResolvers<void>>();

  constructor(store: Store, tables: () => Iterable<TableState>) {
    this.#store = store;
    this.#tables = tables;
  }

  /** Adds the record of a change, if the table has a stream. Call it in the transaction of the change. */
  append(table: TableDescription, change: Change, now: number): void {
    const { LatestStreamArn: arn, StreamSpecification } = table;
    if (!arn) return;
    const text = JSON.stringify(record(table, change, String(StreamSpecification?.StreamViewType), now));
    // A subquery, because SQLite finds the largest number by the index only where it selects nothing else.
    const next = 'coalesce((SELECT max(number) FROM record WHERE stream = ?1), 0) + 1';
    this.#store.prepared(`INSERT INTO record VALUES (?1, ${next}, ?2, ?3)`).run(arn, now, text);
  }

  /** Wakes those who wait for records of a stream. */
  wake(arn = ''): void {
    this.#arrivals.get(arn)?.resolve();
    this.#arrivals.delete(arn);
  }

  delete(arn: string): void {
    void this.#store.write(() => this.#store.prepared('DELETE FROM record WHERE stream = ?').run(arn));
    this.wake(arn);
  }

  /** Settles once records exist beyond the iterator; without one, at the next record of the stream. */
  async arrival(arn: string, iterator?: string): Promise<void> {
    this.#find(arn);
    if (iterator && position(iterator) < this.#span(arn).end) return;
    const waiting = this.#arrivals.get(arn) ?? Promise.withResolvers<void>();
    this.#arrivals.set(arn, waiting);
    await waiting.promise;
  }

  /** Drops records that are too old or too many. The newest stays, because numbering goes on from it. */
  trim(now: number): void {
    for (const { description } of this.#tables()) {
      const arn = description.LatestStreamArn;
      if (!arn) continue;
      const last = this.#span(arn).end - 1;
      this.#store
        .prepared('DELETE FROM record WHERE stream = ? AND number < ? AND (number <= ? OR at < ?)')
        .run(arn, last, last - retentionRecords, now - retentionMs);
    }
  }

  /** Lets everyone who waits for records go on. */
  stop(): void {
    for (const arn of this.#arrivals.keys()) this.wake(arn);
  }

  perform({ operation, input }: AwsCall): JsonObject {
    const { StreamArn } = input;
    switch (operation) {
      case 'DescribeStream':
        return { StreamDescription: this.#describe(this.#find(StreamArn)) };
      case 'GetShardIterator':
        return { ShardIterator: this.#iteratorAt(input) };
      case 'GetRecords':
        return this.#getRecords(input);
      default:
        throw new AwsError('UnknownOperationException', `unknown operation: ${operation}`);
    }
  }

  /** Numbers of the oldest record and of the next one. */
  #span(arn: string): { readonly first: number; readonly end: number } {
    const query = `SELECT coalesce((SELECT min(number) FROM record WHERE stream = ?1), 1) AS first,
      coalesce((SELECT max(number) FROM record WHERE stream = ?1), 0) + 1 AS end`;
    return this.#store.prepared(query).get(arn) as { first: number; end: number };
  }

  #find(arn: unknown): TableDescription {
    for (const { description } of this.#tables()) if (description.LatestStreamArn === arn) return description;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
  }

  #describe(table: TableDescription): JsonObject {
    const { TableName, KeySchema, LatestStreamArn, LatestStreamLabel, StreamSpecification } = table;
    const { first } = this.#span(String(LatestStreamArn));
    return {
      StreamArn: LatestStreamArn,
      StreamLabel: LatestStreamLabel,
      StreamStatus: 'ENABLED',
      StreamViewType: StreamSpecification?.StreamViewType,
      CreationRequestDateTime: Date.parse(`${LatestStreamLabel}Z`) / 1000,
      TableName,
      KeySchema,
      Shards: [{ ShardId: shardId, SequenceNumberRange: { StartingSequenceNumber: sequence(first) } }],
    };
  }

  #iteratorAt({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }: JsonObject): string {
    const arn = String(this.#find(StreamArn).LatestStreamArn);
    if (ShardId !== shardId) {
      throw new AwsError('ResourceNotFoundException', `Shard ${ShardId} not found; there is only ${shardId}`);
    }
    const { first, end } = this.#span(arn);
    const at = numberOf(String(SequenceNumber));
    switch (ShardIteratorType) {
      case 'TRIM_HORIZON':
        return iterator(arn, first);
      case 'LATEST':
        return iterator(arn, end);
      case 'AT_SEQUENCE_NUMBER':
      case 'AFTER_SEQUENCE_NUMBER':
        if (!(at < end))
          throw new AwsError('ValidationException', `Invalid SequenceNumber: ${SequenceNumber}`);
        if (at < first) throw trimmed(first);
        return iterator(arn, ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? at : at + 1);
      default:
        throw new AwsError('ValidationException', `Invalid ShardIteratorType: ${ShardIteratorType}`);
    }
  }

  #getRecords({ ShardIterator, Limit = maxRecords }: JsonObject): JsonObject {
    const [arn = ''] = String(ShardIterator).split('|');
    this.#find(arn);
    const from = position(String(ShardIterator));
    const { first } = this.#span(arn);
    if (from < first) throw trimmed(first);
    const Records: StreamRecord[] = [];
    let bytes = 0;
    const query = 'SELECT number, text FROM record WHERE stream = ? AND number >= ? ORDER BY number LIMIT ?';
    for (const { number, text } of this.#store
      .prepared(query)
      .iterate(arn, from, limitOf(Limit, maxRecords))) {
      bytes += String(text).length;
      if (bytes > maxAnswerBytes && Records.length > 0) break;
      const read: StreamRecord = JSON.parse(String(text));
      read.dynamodb.SequenceNumber = sequence(Number(number));
      Records.push(read);
    }
    return { Records, NextShardIterator: iterator(arn, from + Records.length) };
  }
}

interface StreamRecord {
  readonly dynamodb: { SequenceNumber?: string; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

function record(table: TableDescription, change: Change, viewType: string, now: number): StreamRecord {
  const { before, after, expired } = change;
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
      ApproximateCreationDateTime: Math.floor(now / 1000),
      Keys,
      NewImage,
      OldImage,
      SizeBytes: [Keys, NewImage, OldImage].reduce((sum, image) => sum + (image ? itemSize(image) : 0), 0),
      StreamViewType: viewType,
    },
    ...(expired && { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } }),
  };
}

/** 21 digits always, so that comparing them as text is comparing them as numbers. */
const sequence = (number: number) => `1${String(number).padStart(20, '0')}`;
const numberOf = (text: string) => Number(/^1(\d{20})$/.exec(text)?.[1] ?? Number.NaN);

/** An iterator is its stream and the number to read next: it survives restarts and never expires. */
const iterator = (arn: string, number: number) => `${arn}|1|${sequence(number)}`;

function position(token: string): number {
  const number = numberOf(token.split('|')[2] ?? '');
  if (Number.isNaN(number)) throw new AwsError('ValidationException', `Invalid ShardIterator: ${token}`);
  return number;
}

function limitOf(limit: unknown, most: number): number {
  const number = Number(limit);
  if (number >= 1 && number <= most) return number;
  throw new AwsError('ValidationException', `Limit ${limit} is not between 1 and ${most}`);
}

function trimmed(first: number): AwsError {
  const message = `records before ${sequence(first)} are no longer kept; start from TRIM_HORIZON`;
  return new AwsError('TrimmedDataAccessException', message);
}
