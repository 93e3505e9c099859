import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MappingSettings } from '../../src/event-sources/event-source-mapping.ts';
import { type BatchContext, deliverBatch, type StreamRecord } from '../../src/event-sources/stream-batch.ts';
import { createFaults } from '../../src/faults/faults.ts';
import type { LogEntry } from '../../src/wire/log.ts';
import { arnOf, FakeFunctions } from '../support/fake-functions.ts';

const writtenAt = Date.parse('2026-01-20T15:00:00Z');

let functions: FakeFunctions;
let log: LogEntry[];
let now: number;
let pauses: number[];
let done: string[];

beforeEach(() => {
  functions = new FakeFunctions();
  log = [];
  now = writtenAt;
  pauses = [];
  done = [];
});

const record = (SequenceNumber: string): StreamRecord => ({
  dynamodb: { SequenceNumber, ApproximateCreationDateTime: writtenAt / 1000, Keys: {} },
});

function deliver(settings: Partial<MappingSettings>, ...sequences: string[]): Promise<void> {
  const context: BatchContext = {
    settings: {
      path: 'Stack/Changes',
      functionArn: arnOf('Push'),
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
      timeScale: 0.5,
      log: (entry) => log.push(entry),
    },
    shardId: 'shard-1',
    stopping: new AbortController().signal,
    // Time passes by waiting alone.
    clock: {
      now: () => now,
      async wait(ms) {
        pauses.push(ms);
        now += ms;
      },
    },
    done: (records) => done.push(...records.map(({ dynamodb }) => dynamodb.SequenceNumber)),
  };
  return deliverBatch(sequences.map(record), context);
}

function failing(times: number): void {
  let left = times;
  functions.on('Push', () => {
    left -= 1;
    if (left >= 0) throw new Error('not yet');
  });
}

describe('a batch of a stream', () => {
  it('that fails is tried again after a second, two, four and so on up to a minute, in scaled time', async () => {
    failing(8);

    await deliver({}, '1');

    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000 * 0.5));
    expect(done).toEqual(['1']);
  });

  it('that got further is tried again after a second', async () => {
    const batches: string[][] = [];
    functions.on('Push', ({ Records }) => {
      const sequences = Records.map(({ dynamodb }: StreamRecord) => dynamodb.SequenceNumber);
      batches.push(sequences);
      if (batches.length < 3) throw new Error('not yet');
      return { batchItemFailures: batches.length === 3 ? [{ itemIdentifier: '2' }] : [] };
    });

    await deliver({ reportsFailures: true }, '1', '2');

    expect(batches).toEqual([['1', '2'], ['1', '2'], ['1', '2'], ['2']]);
    expect(pauses).toEqual([500, 1000, 500]);
  });

  it('is given up once its records are too old', async () => {
    failing(Number.POSITIVE_INFINITY);

    await deliver({ maxAgeMs: 60_000 }, '1');

    expect(now - writtenAt).toBeGreaterThan(60_000);
    expect(done).toEqual(['1']);
    expect(log).toMatchObject([{ requestContext: { condition: 'RecordAgeExceeded' } }]);
  });

  it('is not delivered at all when its records are too old already', async () => {
    now = writtenAt + 60_001;
    functions.on('Push', () => {
      throw new Error('must not be invoked');
    });

    await deliver({ maxAgeMs: 60_000 }, '1');

    expect(log).toMatchObject([
      { requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 } },
    ]);
  });
});
