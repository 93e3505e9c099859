import { randomUUID } from 'node:crypto';
import { region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Draft } from './dynalite.ts';
import { type Item, itemSize, pick } from './item.ts';
import type { Store } from './store.ts';
import { keyNames, type TableDescription } from './table-description.ts';

/** Limits of one GetRecords. */
const [maxRecords, maxAnswerBytes] = [1000, 1024 * 1024];
/** The oldest records beyond this number are dropped now and then, to bound the disk. */
const retention = 100_000;
const origin = { eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: region };
/** All records of a table go through one shard, in the order of their writes. */
const shardId = 'shardId-00000000000000000000-00000001';

export type Streams = ReturnType<typeof createStreams>;

/**
 * The embedded DynamoDB Streams.
 * @param find Finds the table of a stream by the table's name.
 */
export function createStreams(store: Store, find: (table: string) => TableDescription) {
  /** Settle at the next record, by stream ARN. */
  const arrivals = new Map<string, PromiseWithResolvers<void>>();

  /** Wakes those who wait for records of a stream. */
  function wake(arn = ''): void {
    arrivals.get(arn)?.resolve();
    arrivals.delete(arn);
  }

  /** The stream's table, and the numbers of the stream's oldest record and of its next one. */
  function open(arn: string) {
    const table = find(/:table\/(.*)\/stream\//.exec(arn)?.[1] ?? '');
    if (table.LatestStreamArn !== arn) throw refusal('ResourceNotFoundException', `Stream: ${arn} not found`);
    const query = `SELECT coalesce((SELECT min(number) FROM record WHERE stream = ?1), 1) AS first,
      coalesce((SELECT max(number) FROM record WHERE stream = ?1), 0) + 1 AS end`;
    return { table, ...(store.prepared(query).get(arn) as { first: number; end: number }) };
  }

  function describe({ StreamArn }: JsonObject): JsonObject {
    const { table, first } = open(String(StreamArn));
    const { TableName, KeySchema, LatestStreamLabel: StreamLabel, StreamSpecification } = table;
    const { StreamViewType } = StreamSpecification ?? {};
    const Shards = [{ ShardId: shardId, SequenceNumberRange: { StartingSequenceNumber: sequence(first) } }];
    const stream = { StreamArn, StreamLabel, StreamStatus: 'ENABLED', StreamViewType };
    return { StreamDescription: { ...stream, TableName, KeySchema, Shards } };
  }

  function iteratorAt({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }: JsonObject): string {
    const arn = String(StreamArn);
    const { first, end } = open(arn);
    if (ShardId !== shardId)
      throw refusal('ResourceNotFoundException', `Shard ${ShardId} not found; there is only ${shardId}`);
    const at = numberOf(String(SequenceNumber));
    const beginnings = { TRIM_HORIZON: first, LATEST: end };
    const places = { ...beginnings, AT_SEQUENCE_NUMBER: at, AFTER_SEQUENCE_NUMBER: at + 1 };
    const number = new Map(Object.entries(places)).get(String(ShardIteratorType));
    if (number === undefined)
      throw refusal('ValidationException', `Invalid ShardIteratorType: ${ShardIteratorType}`);
    if (!(number <= end)) throw refusal('ValidationException', `Invalid SequenceNumber: ${SequenceNumber}`);
    if (number < first) throw trimmed(first);
    return iterator(arn, number);
  }

  function getRecords({ ShardIterator, Limit = maxRecords }: JsonObject): JsonObject {
    const { arn, from } = position(String(ShardIterator));
    const { first } = open(arn);
    if (from < first) throw trimmed(first);
    const limit = Math.min(Number(Limit), maxRecords);
    if (!(limit >= 1)) throw refusal('ValidationException', `Invalid Limit: ${Limit}`);
    const Records: object[] = [];
    let bytes = 0;
    const query = 'SELECT text FROM record WHERE stream = ? AND number >= ? ORDER BY number LIMIT ?';
    for (const { text } of store.prepared(query).iterate(arn, from, limit)) {
      bytes += String(text).length;
      if (bytes > maxAnswerBytes && Records.length > 0) break;
      const read = JSON.parse(String(text));
      read.dynamodb.SequenceNumber = sequence(from + Records.length);
      Records.push(read);
    }
    return { Records, NextShardIterator: iterator(arn, from + Records.length) };
  }

  return {
    wake,

    /** Adds the record of a change, if the table has a stream. Call it in the transaction of the change. */
    append(table: TableDescription, change: Draft, isExpired: boolean, now: number): void {
      const { LatestStreamArn: arn } = table;
      if (!arn) return;
      // A subquery, because SQLite finds the largest number by the index only where it selects nothing else.
      const last = '(SELECT max(number) FROM record WHERE stream = ?1)';
      const insert = `INSERT INTO record VALUES (?1, coalesce(${last}, 0) + 1, ?2)`;
      const text = JSON.stringify(record(table, change, isExpired, now));
      const { lastInsertRowid } = store.prepared(insert).run(arn, text);
      if (Number(lastInsertRowid) % 1000 > 0) return;
      const trim = `DELETE FROM record WHERE stream = ?1 AND number <= ${last} - ?2`;
      store.prepared(trim).run(arn, retention);
    },

    /** Removes the records of a stream. Call it in a transaction. */
    delete(arn: string): void {
      store.prepared('DELETE FROM record WHERE stream = ?').run(arn);
      wake(arn);
    },

    /** Settles once records exist beyond the iterator; without one, at the next record of the stream. */
    async arrival(arn: string, iterator?: string): Promise<void> {
      if (open(arn).end > (iterator ? position(iterator).from : Number.POSITIVE_INFINITY)) return;
      const waiting = arrivals.get(arn) ?? Promise.withResolvers<void>();
      arrivals.set(arn, waiting);
      await waiting.promise;
    },

    /** Lets everyone who waits for records go on. */
    stop(): void {
      for (const arn of arrivals.keys()) wake(arn);
    },

    perform({ operation, input }: AwsCall): JsonObject {
      if (operation === 'DescribeStream') return describe(input);
      if (operation === 'GetShardIterator') return { ShardIterator: iteratorAt(input) };
      if (operation === 'GetRecords') return getRecords(input);
      throw refusal('UnknownOperationException', `unknown operation: ${operation}`);
    },
  };
}

/** @param isExpired Whether the item expired rather than being deleted by a caller. */
function record(table: TableDescription, { before, after }: Draft, isExpired: boolean, now: number) {
  const { StreamViewType = '' } = table.StreamSpecification ?? {};
  const Keys = pick((after ?? before) as Item, keyNames(table.KeySchema));
  const NewImage = StreamViewType.startsWith('NEW') ? after : undefined;
  const OldImage = StreamViewType.includes('OLD') ? before : undefined;
  const SizeBytes = itemSize(Keys) + itemSize(NewImage ?? {}) + itemSize(OldImage ?? {});
  const ApproximateCreationDateTime = Math.floor(now / 1000);
  return {
    eventID: randomUUID().replaceAll('-', ''),
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    ...origin,
    dynamodb: { ApproximateCreationDateTime, Keys, NewImage, OldImage, SizeBytes, StreamViewType },
    ...(isExpired && { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } }),
  };
}

/** 21 digits always, so that comparing them as text is comparing them as numbers. */
const sequence = (number: number) => `1${String(number).padStart(20, '0')}`;
const numberOf = (text: string) => Number(/^1(\d{20})$/.exec(text)?.[1] ?? Number.NaN);

/** An iterator is its stream and the number to read next: it survives restarts and never expires. */
const iterator = (arn: string, number: number) => `${arn}|1|${sequence(number)}`;

function position(token: string): { readonly arn: string; readonly from: number } {
  const [arn = '', , number = ''] = token.split('|');
  const from = numberOf(number);
  if (Number.isNaN(from)) throw refusal('ValidationException', `Invalid ShardIterator: ${token}`);
  return { arn, from };
}

const refusal = (code: string, message: string) => new AwsError(code, message);
const trimmed = (first: number) =>
  refusal('TrimmedDataAccessException', `records before ${sequence(first)} are gone; use TRIM_HORIZON`);
