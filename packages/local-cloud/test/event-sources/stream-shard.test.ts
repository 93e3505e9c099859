import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MappingSettings } from '../../src/event-sources/event-source-mapping.ts';
import type { StreamRecord } from '../../src/event-sources/stream-batch.ts';
import type { Checkpoint } from '../../src/event-sources/stream-checkpoints.ts';
import { consumeShard } from '../../src/event-sources/stream-shard.ts';
import { parsePattern } from '../../src/events/event-filter.ts';
import { createFaults } from '../../src/faults/faults.ts';
import { AwsError } from '../../src/wire/aws-error.ts';
import type { AwsCall } from '../../src/wire/aws-service.ts';
import type { LogEntry } from '../../src/wire/log.ts';
import { arnOf, FakeFunctions } from '../support/fake-functions.ts';
import { until } from '../support/until.ts';

let functions: FakeFunctions;
let log: LogEntry[];
let stopping: AbortController;
/** What the shard holds; an iterator is the index of a record. */
let records: StreamRecord[];
/** Errors of the next calls. */
let failures: AwsError[];
let checkpoint: Checkpoint | undefined;
let delivered: string[];
let news: PromiseWithResolvers<void>;

beforeEach(() => {
  functions = new FakeFunctions();
  log = [];
  stopping = new AbortController();
  [records, failures, delivered, checkpoint] = [[], [], [], undefined];
  news = Promise.withResolvers();
  onPush(() => undefined);
});
afterEach(() => stopping.abort());

function onPush(handler: (keys: readonly string[]) => unknown): void {
  functions.on('Push', ({ Records }) => {
    const keys = Records.map(({ key }: StreamRecord) => key);
    delivered.push(...keys);
    return handler(keys);
  });
}

function write(...keys: string[]): void {
  for (const key of keys) {
    const SequenceNumber = String(records.length + 1);
    records.push({
      key,
      dynamodb: { SequenceNumber, ApproximateCreationDateTime: 0, Keys: { pk: { S: key } } },
    });
  }
  news.resolve();
  news = Promise.withResolvers();
}

async function perform({ operation, input }: AwsCall) {
  if (operation === 'GetShardIterator') {
    const { ShardIteratorType: type, SequenceNumber } = input;
    const at = type === 'LATEST' ? records.length : type === 'TRIM_HORIZON' ? 0 : Number(SequenceNumber);
    return { ShardIterator: String(at) };
  }
  const failure = failures.shift();
  if (failure) throw failure;
  const { ShardIterator } = input;
  const at = Number(ShardIterator);
  const Records = records.slice(at, at + 1000);
  return { Records, NextShardIterator: String(at + Records.length) };
}

function consume(
  settings: Partial<MappingSettings> = {},
  position: 'LATEST' | 'TRIM_HORIZON' = 'TRIM_HORIZON',
) {
  const placed = Promise.withResolvers<void>();
  void consumeShard({
    settings: {
      path: 'Stack/Changes',
      sourceArn: 'arn:stream',
      functionArn: arnOf('Push'),
      batchSize: 100,
      windowMs: 0,
      patterns: [],
      parallelization: 1,
      maxAgeMs: Number.POSITIVE_INFINITY,
      maxRetries: Number.POSITIVE_INFINITY,
      ...settings,
    } as MappingSettings,
    ports: {
      functions,
      faults: createFaults(1, () => ({ functions: [], services: [] })),
      queue: () => {
        throw new Error('there is no queue');
      },
      dynamodb: { perform, waitForRecords: () => news.promise },
      timeScale: 1,
      log: (entry) => log.push(entry),
    },
    shardId: 'shard-1',
    partitionKey: 'pk',
    checkpoint,
    position,
    stopping: stopping.signal,
    clock: { now: () => 0, wait: () => new Promise(setImmediate) },
    save: (saved) => {
      checkpoint = saved;
    },
    placed: placed.resolve,
  });
  return placed.promise;
}

describe('a reader of a shard', () => {
  it('that begins with the latest loses nothing when its first look fails', async () => {
    write('old');
    failures.push(new AwsError('InternalServerError', 'not now', 500));

    await consume({}, 'LATEST');
    write('new');
    await until(() => delivered.length > 0);

    expect(delivered).toEqual(['new']);
  });

  it('begins with the oldest record when the place it had is no longer known', async () => {
    checkpoint = { sequence: null, iterator: 'expired' };
    failures.push(new AwsError('ExpiredIteratorException', 'too old'));
    write('a');

    await consume({}, 'LATEST');
    await until(() => delivered.length > 0);

    expect(delivered).toEqual(['a']);
  });

  it('calls it an error when records were trimmed before it came to them', async () => {
    checkpoint = { sequence: '1', iterator: null };
    failures.push(new AwsError('TrimmedDataAccessException', 'gone'));
    write('a', 'b');

    await consume();
    await until(() => delivered.length > 0);

    expect(log).toMatchObject([{ level: 'error', message: expect.stringContaining('too late') }]);
  });

  it('reads on while one key blocks, and would begin again before that key', async () => {
    const blocked = Promise.withResolvers<void>();
    onPush((keys) => (keys.includes('blocking') ? blocked.promise : undefined));
    write('first', 'blocking');
    const others = Array.from({ length: 25_000 }, (_, i) => `other-${i % 50}`);
    write(...others, 'final');

    await consume({
      parallelization: 10,
      patterns: [parsePattern({ key: [{ 'anything-but': ['other-1'] }] })],
    });
    await until(() => delivered.includes('final'));
    expect(checkpoint).toEqual({ sequence: '1', iterator: null });

    blocked.resolve();
    await until(() => checkpoint?.sequence === String(records.length));
  });

  it('goes past what no filter lets through', async () => {
    write('a', 'b', 'c');

    await consume({ patterns: [parsePattern({ key: ['b'] })] });
    await until(() => checkpoint?.sequence === '3');

    expect(delivered).toEqual(['b']);
  });
});
