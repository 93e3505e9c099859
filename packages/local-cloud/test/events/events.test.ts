import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Created } from '../../src/cloudformation/resource-kind.ts';
import { createEvents, type Events } from '../../src/events/events.ts';
import { createFaults, type Faults } from '../../src/faults/faults.ts';
import { createSqs, type Sqs } from '../../src/sqs/sqs.ts';
import { createUsage } from '../../src/usage/usage.ts';
import type { LogEntry } from '../../src/wire/log.ts';
import { arnOf, FakeFunctions } from '../support/fake-functions.ts';
import { until } from '../support/until.ts';

const timeScale = 0.001;

describe('EventBridge', () => {
  let functions: FakeFunctions;
  let faults: Faults;
  let sqs: Sqs;
  let events: Events;
  let started: Created[];
  let log: LogEntry[];
  // biome-ignore lint/suspicious/noExplicitAny: events are what the test says they are
  let received: any[];

  beforeEach(() => {
    started = [];
    received = [];
    log = [];
    const usage = createUsage();
    faults = createFaults(1, () => ({ functions: [], services: [] }));
    sqs = createSqs({ timeScale, usage, awsUrl: 'http://127.0.0.1:4566' });
    functions = new FakeFunctions().on('Reconcile', (event) => void received.push(event));
    events = createEvents({
      functions,
      faults,
      usage,
      queue: sqs.queue,
      timeScale,
      log: (entry) => log.push(entry),
    });
  });
  afterEach(async () => {
    for (const created of started) await created.stop?.();
    events.stop();
    sqs.stop();
  });

  async function createRule(properties: object): Promise<void> {
    const created = (await events.kinds[0]?.create({
      logicalId: 'Rule',
      path: 'Stack/Rule',
      type: '',
      assembly: '',
      properties,
    })) as Created;
    started.push(created);
    await created.start?.();
  }

  const queueNamed = (name: string) =>
    sqs.createQueue({ name, visibilityMs: 1000, delayMs: 0, retentionMs: 1e9, waitMs: 0, maxBytes: 1e6 });

  const target = (more = {}) => [{ Id: 'Target0', Arn: arnOf('Reconcile'), ...more }];
  const failedExecutions = {
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    detail: { status: ['FAILED', 'ABORTED'], stateMachineArn: ['arn:machine'] },
  };
  const failure = {
    executionArn: 'arn:execution',
    stateMachineArn: 'arn:machine',
    status: 'ABORTED' as const,
  };
  const executionChanged = (change: object) =>
    events.executionChanged({ executionArn: 'arn:execution', ...change });
  const put = (entry: object) =>
    events.service.perform({
      operation: 'PutEvents',
      input: { Entries: [{ Source: 'shop', DetailType: 'Sold', Detail: '{"n":1}', ...entry }] },
    });

  it('sends status changes of executions to the targets of matching rules', async () => {
    await createRule({ EventPattern: failedExecutions, Targets: target() });

    executionChanged({ ...failure, status: 'SUCCEEDED' });
    executionChanged(failure);
    await until(() => received.length > 0);

    expect(received).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Step Functions Execution Status Change',
        source: 'aws.states',
        account: '000000000000',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'us-east-1',
        resources: ['arn:execution'],
        detail: failure,
      },
    ]);
  });

  it('loses an event when told to', async () => {
    await createRule({ EventPattern: failedExecutions, Targets: target() });
    faults.add({ target: 'events', effect: 'drop', times: 1 });

    executionChanged({ ...failure, status: 'SUCCEEDED' });
    executionChanged({ ...failure, name: 'lost' });
    executionChanged({ ...failure, name: 'kept' });
    await until(() => received.length > 0);

    expect(received.map(({ detail }) => detail.name)).toEqual(['kept']);
  });

  it('takes events of applications, and tells what is wrong with others', async () => {
    await createRule({ EventPattern: { source: ['shop'] }, Targets: target() });

    const good = await put({});
    const bad = await put({ Detail: 'not JSON' });
    const forbidden = await put({ Source: 'aws.states' });
    await until(() => received.length > 0);

    expect(received).toMatchObject([{ source: 'shop', 'detail-type': 'Sold', detail: { n: 1 } }]);
    expect(good).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: received[0].id }] });
    expect(bad).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] });
    expect(forbidden).toMatchObject({ Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }] });
  });

  it('gives a target a constant in place of the event', async () => {
    await createRule({ EventPattern: { source: ['shop'] }, Targets: target({ Input: '{"a":1}' }) });

    await put({});
    await until(() => received.length > 0);

    expect(received).toEqual([{ a: 1 }]);
  });

  it('sends to queues', async () => {
    const queue = queueNamed('Sold');
    await createRule({ EventPattern: { source: ['shop'] }, Targets: [{ Id: 'T', Arn: queue.arn }] });

    await put({});
    const [message] = await queue.receive(1, 1_000);

    expect(JSON.parse(message?.body ?? '')).toMatchObject({ source: 'shop' });
  });

  it('retries a function that fails twice, then gives the event up', async () => {
    functions.on('Reconcile', (event) => {
      received.push(event);
      throw new Error('broken');
    });
    await createRule({ EventPattern: { source: ['shop'] }, Targets: target() });

    await put({});
    await until(() => log.length > 0);

    expect(received).toHaveLength(3);
    expect(log).toMatchObject([
      { message: expect.stringContaining('given up'), errorType: 'Error', errorMessage: 'broken' },
    ]);
  });

  it('runs schedules in scaled time', async () => {
    await createRule({ ScheduleExpression: 'rate(1 minute)', Targets: target() });

    await until(() => received.length >= 3);

    expect(received[0]).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/Rule'],
      detail: {},
    });
  });

  it('sends nothing from a disabled rule', async () => {
    await createRule({
      EventPattern: { source: ['shop'] },
      State: 'DISABLED',
      Targets: target({ Input: '"off"' }),
    });
    await createRule({ EventPattern: { source: ['shop'] }, Targets: target({ Input: '"on"' }) });

    await put({});
    await until(() => received.length > 0);

    expect(received).toEqual(['on']);
  });

  it.each([
    ['a bus of its own', { EventBusName: 'orders' }, 'EventBusName is orders'],
    ['a target that is neither', { Targets: [{ Arn: 'arn:aws:sns:us-east-1:0:t' }] }, 'functions and queues'],
    ['a cron expression', { ScheduleExpression: 'cron(0 12 * * ? *)' }, 'the local cloud knows rate('],
  ])('refuses %s', async (_, properties, message) => {
    await expect(createRule(properties)).rejects.toThrow(message);
  });
});
