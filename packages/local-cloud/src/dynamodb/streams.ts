import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Store, Table } from './dynalite.ts';
import {
  type Change,
  end,
  type PendingRecord,
  recall,
  record,
  type Stream,
  type StreamSettings,
  sequence,
  textOf,
  trim,
} from './stream-log.ts';

/** Limits of one GetRecords, as on AWS. */
const maxRecords = 1000;
const maxAnswerBytes = 1024 * 1024;
/** All records of a table go through one shard, in the order of their writes. */
const shardId = 'shardId-00000000000000000000-00000001';

/** The embedded DynamoDB Streams. */
export class Streams {
  readonly #byTable = new Map<string, Stream>();
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Begins or ends a table's stream. Records written before a restart are read back from the store. */
  async set(table: Table, settings: StreamSettings): Promise<void> {
    const arn = `arn:aws:dynamodb:${region}:${account}:table/${table.TableName}/stream/${settings.label}`;
    const known = this.#byTable.get(table.TableName);
    if (known?.arn === arn) {
      known.settings = settings;
      if (!settings.enabled) known.arrival.resolve();
      return;
    }
    const stream: Stream = {
      arn,
      table,
      settings,
      first: 1,
      records: [],
      bytes: 0,
      arrival: Promise.withResolvers(),
    };
    await recall(stream, this.#store);
    this.#byTable.set(table.TableName, stream);
  }

  delete(table: string): void {
    this.#byTable.get(table)?.arrival.resolve();
    this.#byTable.delete(table);
  }

  arn(table: string): string | undefined {
    return this.#byTable.get(table)?.arn;
  }

  /** Numbers the records of changes in their order. Only one caller at a time may be between this and `append`. */
  prepare(changes: readonly Change[]): PendingRecord[] {
    const pending: PendingRecord[] = [];
    const counts = new Map<Stream, number>();
    for (const change of changes) {
      const stream = this.#byTable.get(change.table.TableName);
      if (!stream?.settings.enabled) continue;
      const count = counts.get(stream) ?? 0;
      counts.set(stream, count + 1);
      const [number, at] = [end(stream) + count, this.#now()];
      pending.push({ stream, number, at, text: JSON.stringify(record(change, stream, number, at)) });
    }
    return pending;
  }

  /** Shows prepared records to readers. Answers the store keys of those that are too old or too many now. */
  append(pending: readonly PendingRecord[]): string[] {
    const dropped: string[] = [];
    const touched = new Set<Stream>();
    for (const { stream, text, at } of pending) {
      stream.records.push({ bytes: text.length, at });
      stream.bytes += text.length;
      touched.add(stream);
    }
    for (const stream of touched) {
      dropped.push(...trim(stream, this.#now()));
      stream.arrival.resolve();
      stream.arrival = Promise.withResolvers();
    }
    return dropped;
  }

  /** Settles once records exist beyond the iterator; without one, at the next record of the stream. */
  async arrival(streamArn: string, iterator?: string): Promise<void> {
    const stream = this.#find(streamArn);
    if (iterator && position(iterator) < end(stream)) return;
    if (stream.settings.enabled) await stream.arrival.promise;
  }

  /** Lets everyone who waits for records go on. */
  stop(): void {
    for (const stream of this.#byTable.values()) stream.arrival.resolve();
  }

  perform({ operation, input }: AwsCall): JsonObject {
    switch (operation) {
      case 'ListStreams':
        return this.#list(input);
      case 'DescribeStream':
        return { StreamDescription: describe(this.#find(input.StreamArn)) };
      case 'GetShardIterator':
        return { ShardIterator: iteratorAt(this.#find(input.StreamArn), input) };
      case 'GetRecords':
        return getRecords(this.#find(String(input.ShardIterator).split('|')[0]), this.#store, input);
      default:
        throw new AwsError('UnknownOperationException', `unknown operation: ${operation}`);
    }
  }

  #list(input: JsonObject): JsonObject {
    const streams = [...this.#byTable.values()]
      .filter((stream) => input.TableName === undefined || stream.table.TableName === input.TableName)
      .sort((a, b) => (a.arn < b.arn ? -1 : 1))
      .filter((stream) => stream.arn > String(input.ExclusiveStartStreamArn ?? ''));
    const page = streams.slice(0, Number(input.Limit ?? 100));
    const last = page.at(-1);
    return {
      Streams: page.map(({ arn, table, settings }) => ({
        StreamArn: arn,
        TableName: table.TableName,
        StreamLabel: settings.label,
      })),
      ...(last && page.length < streams.length ? { LastEvaluatedStreamArn: last.arn } : {}),
    };
  }

  #find(arn: unknown): Stream {
    for (const stream of this.#byTable.values()) if (stream.arn === arn) return stream;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
  }
}

function describe(stream: Stream): object {
  const { arn, table, settings } = stream;
  const ending = settings.enabled ? {} : { EndingSequenceNumber: sequence(end(stream) - 1) };
  return {
    StreamArn: arn,
    StreamLabel: settings.label,
    StreamStatus: settings.enabled ? 'ENABLED' : 'DISABLED',
    StreamViewType: settings.viewType,
    CreationRequestDateTime: Date.parse(`${settings.label}Z`) / 1000,
    TableName: table.TableName,
    KeySchema: table.KeySchema,
    Shards: [
      {
        ShardId: shardId,
        SequenceNumberRange: { StartingSequenceNumber: sequence(stream.first), ...ending },
      },
    ],
  };
}

/** An iterator is its stream and the number to read next: it survives restarts and never expires. */
const iterator = (stream: Stream, number: number) => `${stream.arn}|1|${sequence(number)}`;

function position(token: string): number {
  const number = Number(/\|1\|1(\d{20})$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(number)) throw new AwsError('ValidationException', `Invalid ShardIterator: ${token}`);
  return number;
}

function iteratorAt(stream: Stream, input: JsonObject): string {
  if (input.ShardId !== shardId) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Shard ${input.ShardId} not found; there is only ${shardId}`,
    );
  }
  const at = Number(/^1(\d{20})$/.exec(String(input.SequenceNumber))?.[1] ?? Number.NaN);
  switch (input.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return iterator(stream, stream.first);
    case 'LATEST':
      return iterator(stream, end(stream));
    case 'AT_SEQUENCE_NUMBER':
    case 'AFTER_SEQUENCE_NUMBER':
      if (!(at < end(stream))) {
        throw new AwsError('ValidationException', `Invalid SequenceNumber: ${input.SequenceNumber}`);
      }
      if (at < stream.first) throw trimmed(stream);
      return iterator(stream, input.ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? at : at + 1);
    default:
      throw new AwsError('ValidationException', `Invalid ShardIteratorType: ${input.ShardIteratorType}`);
  }
}

function getRecords(stream: Stream, store: Store, input: JsonObject): JsonObject {
  const limit = Number(input.Limit ?? maxRecords);
  if (!(limit >= 1 && limit <= maxRecords)) {
    throw new AwsError('ValidationException', `Limit ${input.Limit} is not between 1 and ${maxRecords}`);
  }
  const from = position(String(input.ShardIterator));
  if (from < stream.first) throw trimmed(stream);
  const texts: string[] = [];
  let bytes = 0;
  for (const record of stream.records.slice(from - stream.first, from - stream.first + limit)) {
    bytes += record.bytes;
    if (bytes > maxAnswerBytes && texts.length > 0) break;
    texts.push(textOf(stream, store, from + texts.length));
  }
  const next = from + texts.length;
  const closed = !stream.settings.enabled && next >= end(stream);
  return {
    Records: JSON.parse(`[${texts.join()}]`),
    ...(closed ? {} : { NextShardIterator: iterator(stream, next) }),
  };
}

function trimmed(stream: Stream): AwsError {
  return new AwsError(
    'TrimmedDataAccessException',
    `records before ${sequence(stream.first)} are no longer kept; start from TRIM_HORIZON`,
  );
}
