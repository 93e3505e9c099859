import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Created } from '../../src/cloudformation/resource-kind.ts';
import { createEvents, type Events } from '../../src/events/events.ts';
import { createFaults, type Faults } from '../../src/faults/faults.ts';
import { createSqs, type Sqs } from '../../src/sqs/sqs.ts';
import { createUsage } from '../../src/usage/usage.ts';
import type { LogEntry } from '../../src/wire/log.ts';
import { deployResource } from '../support/deploy-resources.ts';
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
    [
      'neither pattern nor schedule',
      { EventPattern: undefined },
      'a rule needs an EventPattern or a Schedule',
    ],
    ['a pattern that is none', { EventPattern: '{' }, 'an event pattern is "{"; allowed: an object in JSON'],
    ['a state', { State: 'enabled' }, 'State is "enabled"; allowed: ENABLED, DISABLED'],
    [
      'a target that is neither',
      { Targets: [{ Id: 'T', Arn: 'arn:aws:sns:us-east-1:0:t' }] },
      'functions and queues',
    ],
    [
      'a function from elsewhere',
      { Targets: [{ Id: 'T', Arn: arnOf('Other') }] },
      'function:Other"; allowed: a function of this template',
    ],
    ['a queue from elsewhere', { Targets: [{ Id: 'T', Arn: 'arn:aws:sqs:us-east-1:000000000000:x' }] }, 'x'],
    ['a target without an id', { Targets: [{ Arn: arnOf('Reconcile') }] }, 'each with an Id of its own'],
    [
      'two targets of one id',
      { Targets: [...target(), ...target()] },
      'Targets is ["Target0"]; allowed: up to 5',
    ],
    ['a role of a target', { Targets: target({ RoleArn: 'arn' }) }, 'Targets.RoleArn of AWS::Events::Rule'],
    ['a group of messages', { Targets: target({ SqsParameters: {} }) }, 'Targets.SqsParameters'],
    ['a misspelt retry', { Targets: target({ RetryPolicy: { Retries: 1 } }) }, 'Targets.RetryPolicy.Retries'],
    ['a path', { Targets: target({ InputPath: '$.detail' }) }, 'Targets.InputPath'],
    ['an input that is no JSON', { Targets: target({ Input: 'x' }) }, 'Input is "x"; allowed: JSON text'],
    [
      'a transformer',
      { Targets: target({ InputTransformer: { InputTemplate: '1' } }) },
      'Targets.InputTransformer',
    ],
    ['a cron expression', { ScheduleExpression: 'cron(0 12 * * ? *)' }, 'the local cloud knows rate('],
    ['a plural of one', { ScheduleExpression: 'rate(1 minutes)' }, 'rate(1 minutes); the local cloud knows'],
    ['seconds', { ScheduleExpression: 'rate(5 seconds)' }, 'ScheduleExpression is rate(5 seconds)'],
  ])('refuses %s, naming the rule', async (_, properties, message) => {
    const rule = { EventPattern: { source: ['shop'] }, Targets: target(), ...properties };

    const refused = deployResource(events.kinds, 'AWS::Events::Rule', rule);

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow('Stack/Subject: ');
  });

  it.each([
    ['no source', { Source: '' }, 'InvalidArgument'],
    ['a detail that is a list', { Detail: '[]' }, 'MalformedDetail'],
    ['another bus', { EventBusName: 'orders' }, 'InvalidArgument'],
    ['a time that is none', { Time: 'now' }, 'InvalidArgument'],
    ['resources that are no list', { Resources: 'arn' }, 'InvalidArgument'],
  ])('refuses an entry with %s', async (_, entry, ErrorCode) => {
    expect(await put(entry)).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode }] });
  });

  it.each([
    ['no entries', { Entries: [] }],
    ['more entries than ten', { Entries: Array(11).fill({}) }],
    ['more than 256 KB', { Entries: [{ Detail: 'x'.repeat(300_000) }] }],
    ['an endpoint', { Entries: [{}], EndpointId: 'e' }],
  ])('refuses a call with %s', async (_, input) => {
    await expect(events.service.perform({ operation: 'PutEvents', input })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
