import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Created, Resource } from '../../src/cloudformation/resource-kind.ts';
import { createDynamoDb, type DynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { eventSourceMapping } from '../../src/event-sources/event-source-mapping-kind.ts';
import { createFaults } from '../../src/faults/faults.ts';
import { createAccess } from '../../src/iam/access.ts';
import { createSqs, type Sqs } from '../../src/sqs/sqs.ts';
import { createUsage } from '../../src/usage/usage.ts';
import { deployResource } from '../support/deploy-resources.ts';
import { arnOf, FakeFunctions } from '../support/fake-functions.ts';
import { until } from '../support/until.ts';

interface StreamEvent {
  readonly Records: readonly {
    readonly eventSourceARN: string;
    readonly dynamodb: {
      readonly SequenceNumber: string;
      readonly Keys: { readonly pk: { readonly S: string } };
      readonly NewImage: { readonly n: { readonly N: string } };
    };
  }[];
}

/** Fast retries, and windows that are still felt. */
const timeScale = 0.002;

describe('event source mapping of a stream', () => {
  const access = createAccess();
  const faults = createFaults(1, () => ({ functions: [], services: [] }));
  let functions: FakeFunctions;
  let dynamodb: DynamoDb;
  let sqs: Sqs;
  let StreamArn: string;
  let mappings: Created[];
  /** Numbers of each delivered batch. */
  let batches: number[][];
  let folder: string;

  let data: string | undefined;

  async function start(folder?: string): Promise<void> {
    data = folder;
    functions = new FakeFunctions();
    const usage = createUsage();
    dynamodb = await createDynamoDb({ data, timeScale, usage, log: () => {} });
    sqs = createSqs({ data, timeScale, usage, awsUrl: 'http://127.0.0.1:4566' });
    const TableName = 'Jobs';
    const call = (operation: string, input = {}) =>
      dynamodb.perform({ operation, input: { TableName, ...input } });
    const known = await call('DescribeTable').catch(() => undefined);
    if (!known) {
      await call('CreateTable', {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      });
    }
    await until(async () => {
      const { Table } = (await call('DescribeTable')) as {
        Table: { TableStatus: string; LatestStreamArn: string };
      };
      StreamArn = Table.LatestStreamArn;
      return Table.TableStatus === 'ACTIVE';
    });
    batches = [];
  }

  async function stop(): Promise<void> {
    for (const created of mappings.splice(0)) await created.stop?.();
    faults.clear();
    sqs.stop();
    await dynamodb.stop();
  }

  beforeEach(async () => {
    mappings = [];
    folder = mkdtempSync(join(tmpdir(), 'mapping-'));
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function map(
    properties: object,
    handler: (event: StreamEvent) => unknown = () => undefined,
    definition = {},
  ) {
    functions.on('Push', (event: StreamEvent) => {
      batches.push(event.Records.map(({ dynamodb: { NewImage } }) => Number(NewImage.n.N)));
      return handler(event);
    });
    functions.describe('Push', definition);
    const ports = { access, faults, functions, dynamodb, queue: sqs.queue, timeScale, log: () => {} };
    const created = await eventSourceMapping(ports, data).create({
      logicalId: 'Changes',
      path: 'Stack/Changes',
      type: '',
      assembly: '',
      properties: {
        EventSourceArn: StreamArn,
        FunctionName: 'Push',
        StartingPosition: 'LATEST',
        ...properties,
      },
    } as Resource);
    mappings.push(created);
    await created.start?.();
  }

  /** Writes items whose key is given and whose number counts up from `first`. */
  async function put(keys: readonly string[], first = 1): Promise<void> {
    for (const [i, pk] of keys.entries()) {
      const Item = { pk: { S: pk }, n: { N: String(first + i) } };
      await dynamodb.perform({ operation: 'PutItem', input: { TableName: 'Jobs', Item } });
    }
  }

  const keys = (count: number, key = 'k') => Array.from({ length: count }, (_, i) => `${key}${i}`);
  const delivered = () => [...new Set(batches.flat())].sort((a, b) => a - b);
  const withNumber = (event: StreamEvent, n: number) =>
    event.Records.find(({ dynamodb: { NewImage } }) => NewImage.n.N === String(n));
  const failing = (n: number) => (event: StreamEvent) => {
    if (withNumber(event, n)) throw new Error('poison');
  };
  /** What the destination got, parsed. */
  const notices = async (arn: string) =>
    (await sqs.queue(arn).receive(10, 0)).map(({ body }) => JSON.parse(body));
  const queue = (name = 'Undelivered') =>
    sqs.createQueue({
      name,
      visibilityMs: 30_000,
      delayMs: 0,
      retentionMs: 1e9,
      waitMs: 0,
      maxBytes: 1024 * 1024,
    }).arn;

  it('delivers what is written from now on, in order, in batches of the size asked for', async () => {
    await put(['old'], 0);

    await map({ BatchSize: 3, MaximumBatchingWindowInSeconds: 300 });
    await put(keys(6));
    await until(() => batches.length === 2);

    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('begins with the oldest record when told to', async () => {
    await put(['old'], 0);

    await map({ StartingPosition: 'TRIM_HORIZON' });

    await until(() => delivered().length === 1);
  });

  it('gathers a batch for its window, in scaled time', async () => {
    await map({ MaximumBatchingWindowInSeconds: 60 });

    await put(keys(5));
    await until(() => batches.length > 0);

    expect(batches).toEqual([[1, 2, 3, 4, 5]]);
  });

  it('invokes nothing for records that no filter lets through', async () => {
    const Pattern = JSON.stringify({ dynamodb: { NewImage: { n: { N: ['2', '4'] } } } });
    await map({ FilterCriteria: { Filters: [{ Pattern }] } });

    await put(keys(5));
    await until(() => delivered().length === 2);

    expect(delivered()).toEqual([2, 4]);
  });

  it('isolates a poison record, tells the queue about it, and loses no other', async () => {
    const arn = queue();
    await map(
      {
        BatchSize: 8,
        MaximumBatchingWindowInSeconds: 300,
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: arn } },
      },
      failing(4),
    );

    await put(keys(8));
    await until(() => batches.some((batch) => batch.includes(8) && !batch.includes(4)));

    const [notice, ...others] = await notices(arn);
    expect(others).toEqual([]);
    expect(notice).toMatchObject({
      requestContext: {
        functionArn: arnOf('Push'),
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, functionError: 'Unhandled' },
      DDBStreamBatchInfo: { batchSize: 1, streamArn: StreamArn },
    });
    expect(notice.DDBStreamBatchInfo.startSequenceNumber).toBe(notice.DDBStreamBatchInfo.endSequenceNumber);
    const succeeded = batches.filter((batch) => !batch.includes(4)).flat();
    expect(succeeded).toEqual([1, 2, 3, 5, 6, 7, 8]);
  });

  it('goes on at the lowest record that the function reports as failed', async () => {
    let failures = 2;
    await map(
      {
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BatchSize: 6,
        MaximumBatchingWindowInSeconds: 300,
      },
      (event) => {
        const reported = [withNumber(event, 5), withNumber(event, 3)].filter(
          (record) => record !== undefined,
        );
        failures -= 1;
        if (failures < 0) return { batchItemFailures: [] };
        return {
          batchItemFailures: reported.map(({ dynamodb: { SequenceNumber } }) => ({
            itemIdentifier: SequenceNumber,
          })),
        };
      },
    );

    await put(keys(6));
    await until(() => batches.length === 3);

    expect(batches).toEqual([
      [1, 2, 3, 4, 5, 6],
      [3, 4, 5, 6],
      [3, 4, 5, 6],
    ]);
  });

  it.each([
    ['an unknown identifier', [{ itemIdentifier: 'nobody' }]],
    ['an empty identifier', [{ itemIdentifier: '' }]],
    ['no identifier', [{ wrong: '1' }]],
  ])('repeats the whole batch when it reports %s', async (_, batchItemFailures) => {
    await map(
      {
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BatchSize: 3,
        MaximumBatchingWindowInSeconds: 300,
      },
      () => (batches.length === 1 ? { batchItemFailures } : undefined),
    );

    await put(keys(3));
    await until(() => batches.length === 2);

    expect(batches[1]).toEqual([1, 2, 3]);
  });

  it('keeps the order of each key, and lets other keys pass a failing one', async () => {
    await map(
      {
        ParallelizationFactor: 10,
        BatchSize: 1,
        MaximumRetryAttempts: 40,
      },
      (event) => {
        if (withNumber(event, 1) && batches.filter(([n]) => n === 1).length < 8) throw new Error('not yet');
      },
    );

    await put(['a', 'b', 'c', 'd', 'e', 'f', 'a', 'b', 'c', 'd', 'e', 'f']);
    await until(() => delivered().length === 12);

    const order = batches.flat();
    for (let n = 1; n <= 6; n++) expect(order.lastIndexOf(n)).toBeLessThan(order.indexOf(n + 6));
    // Ten lanes and six keys: some key is in another lane than the failing one.
    const passed = [2, 3, 4, 5, 6].filter((n) => order.indexOf(n) < order.lastIndexOf(1));
    expect(passed.length).toBeGreaterThan(0);
  });

  it('does not count throttles as retries', async () => {
    const arn = queue();
    await map({ MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: arn } } }, () => {
      if (batches.length < 4) throw Object.assign(new Error('Rate Exceeded.'), { name: 'Throttled' });
    });

    await put(keys(1));
    await until(() => batches.length === 4);

    expect(await notices(arn)).toEqual([]);
  });

  it('delivers a batch twice, or late, when told to', async () => {
    await map({});

    faults.add({ target: 'stream', effect: 'duplicate', times: 1 });
    await put(['a']);
    await until(() => batches.length === 2);
    faults.add({ target: 'stream', effect: 'delay', ms: 100, times: 1 });
    const begun = Date.now();
    await put(['b'], 2);
    await until(() => batches.length === 3);

    expect(batches).toEqual([[1], [1], [2]]);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(95);
  });

  it('resumes at its checkpoint after a restart, whatever was in work', async () => {
    await stop();
    await start(folder);
    await map({ BatchSize: 2, MaximumBatchingWindowInSeconds: 300 }, failing(3));
    await put(keys(4));
    await until(() => batches.some(([n]) => n === 3));

    await stop();
    await start(folder);
    await map({ BatchSize: 2 });
    await until(() => delivered().length === 2);

    expect(delivered()).toEqual([3, 4]);
  });

  it('delivers what was written before the very first batch of a mapping that was killed', async () => {
    await stop();
    await start(folder);
    await map({ MaximumBatchingWindowInSeconds: 300, BatchSize: 100 });
    await put(keys(2));

    await stop();
    await start(folder);
    await map({});
    await until(() => delivered().length === 2);
  });

  it('refuses a function whose role may not read the stream', async () => {
    const role = 'arn:aws:iam::000000000000:role/Push';
    access.attach(role, [{ Effect: 'Allow', Action: 'dynamodb:DescribeStream', Resource: StreamArn }]);

    await expect(map({}, undefined, { role })).rejects.toThrow('dynamodb:GetRecords');
  });

  it.each([
    ['an unknown source', { EventSourceArn: 'arn:aws:kinesis:us-east-1:0:stream/x' }, 'EventSourceArn'],
    [
      'too much parallelization',
      { ParallelizationFactor: 11 },
      'ParallelizationFactor is 11; allowed: 1 to 10',
    ],
    ['an age below a minute', { MaximumRecordAgeInSeconds: 59 }, 'allowed: -1, or 60 to 604800'],
    ['no position', { StartingPosition: undefined }, 'StartingPosition'],
    ['a pattern that is none', { FilterCriteria: { Filters: [{ Pattern: '{"a":"b"}' }] } }, 'event pattern'],
  ])('refuses %s', async (_, properties, message) => {
    await expect(map(properties)).rejects.toThrow(message);
  });
});

describe('an event source mapping', () => {
  const usage = createUsage();
  const sqs = createSqs({ timeScale, usage, awsUrl: 'http://127.0.0.1:4566' });
  afterAll(() => sqs.stop());
  const settings = { delayMs: 0, retentionMs: 1e9, waitMs: 0, maxBytes: 1e6 };
  const queue = sqs.createQueue({ ...settings, name: 'Due', visibilityMs: 30_000 });
  const functions = new FakeFunctions().on('Push', () => {});
  functions.describe('Push', { timeoutMs: 30_000 });
  functions.on('Slow', () => {}).describe('Slow', { timeoutMs: 31_000 });
  const deploy = (properties: object) =>
    deployResource(
      [
        eventSourceMapping({
          access: { authorize: () => {} },
          faults: { strike: () => undefined },
          functions,
          dynamodb: { perform: async () => ({}), waitForRecords: async () => {} },
          queue: sqs.queue,
          timeScale,
          log: () => {},
        }),
      ],
      'AWS::Lambda::EventSourceMapping',
      properties,
    );
  const ofQueue = { EventSourceArn: queue.arn, FunctionName: arnOf('Push'), Enabled: 'false' };
  const StreamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/Jobs/stream/1';
  const ofStream = { ...ofQueue, EventSourceArn: StreamArn, StartingPosition: 'LATEST' };
  const onFailure = (Destination: unknown) => ({ DestinationConfig: { OnFailure: { Destination } } });

  it('is deployed with numbers and booleans as text', async () => {
    await expect(deploy({ ...ofStream, BatchSize: '10' })).resolves.toBeDefined();
  });

  it.each([
    ['a batch that is no number', { BatchSize: 'ten' }, 'BatchSize is "ten"; allowed: 1 to 10000'],
    ['a batch of nothing', { BatchSize: 0 }, 'BatchSize is 0'],
    ['a window of hours', { MaximumBatchingWindowInSeconds: 301 }, '301; allowed: 0 to 300'],
    ['more retries', { MaximumRetryAttempts: 10_001 }, 'MaximumRetryAttempts is 10001; allowed: -1 to 10000'],
    ['a bisection', { BisectBatchOnFunctionError: 'yes' }, 'BisectBatchOnFunctionError is "yes"'],
    [
      'another position',
      { StartingPosition: 'AT_TIMESTAMP' },
      '"AT_TIMESTAMP"; allowed: TRIM_HORIZON, LATEST',
    ],
    ['a time to begin at', { StartingPositionTimestamp: 1 }, 'StartingPositionTimestamp'],
    ['tumbling windows', { TumblingWindowInSeconds: 60 }, 'TumblingWindowInSeconds'],
    ['a bucket for failures', onFailure('arn:aws:s3:::failed'), 'Destination is "arn:aws:s3:::failed"'],
    ['a topic for failures', onFailure('arn:aws:sns:us-east-1:0:t'), 'allowed: the ARN of a queue'],
    ['a destination of success', { DestinationConfig: { OnSuccess: {} } }, 'DestinationConfig.OnSuccess'],
    ['a destination that is a text', { DestinationConfig: 'x' }, 'DestinationConfig = x'],
    ['another response', { FunctionResponseTypes: ['Report'] }, 'FunctionResponseTypes is "Report"'],
    ['a scaling', { ScalingConfig: { MaximumConcurrency: 2 } }, 'ScalingConfig is for queues'],
    ['pollers', { ProvisionedPollerConfig: {} }, 'ProvisionedPollerConfig'],
    ['a filter that is no text', { FilterCriteria: { Filters: [{ Pattern: {} }] } }, 'Pattern is {}'],
    ['many filters', { FilterCriteria: { Filters: Array(11).fill({ Pattern: '{"a":["b"]}' }) } }, 'up to 10'],
    ['a Boolean that is none', { Enabled: 'no' }, 'Enabled is "no"; allowed: true, false'],
    ['a function from elsewhere', { FunctionName: 'Other' }, 'function:Other; there is no such function'],
    ['an alias', { FunctionName: arnOf('Push:live') }, 'there is no such function'],
  ])('of a stream refuses %s', async (_, properties, message) => {
    const refused = deploy({ ...ofStream, ...properties });

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow('Stack/Subject: ');
  });

  it.each([
    ['a position', { StartingPosition: 'LATEST' }, 'StartingPosition is for streams, not for queues'],
    ['large batches at once', { BatchSize: 11 }, 'above 10 a queue needs MaximumBatchingWindowInSeconds'],
    ['one batch at a time', { ScalingConfig: { MaximumConcurrency: 1 } }, '1; allowed: 2 to 1000'],
    ['a parallelism', { ParallelizationFactor: 2 }, 'ParallelizationFactor is for streams'],
    [
      'a function slower than the queue is patient',
      { FunctionName: 'Slow', Enabled: true },
      'VisibilityTimeout of Due is 30 s, shorter than the 31 s',
    ],
  ])('of a queue refuses %s', async (_, properties, message) => {
    const refused = deploy({ ...ofQueue, ...properties });

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow('Stack/Subject: ');
  });
});
