import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventKinds } from '../../src/events/event-rule.ts';
import { createEvents } from '../../src/events/events.ts';
import { parseSchedule } from '../../src/events/schedule-expression.ts';
import { eventInvokeConfig } from '../../src/lambda/event-invoke-config.ts';
import { createSqs, type Sqs } from '../../src/sqs/sqs.ts';
import type { StatusChange } from '../../src/states/executions.ts';
import type { AwsService, Created, Resource } from '../../src/wire/cloud.ts';
import { arnOf, FakeCloud } from '../support/fake-cloud.ts';
import { until } from '../support/until.ts';

const [ruleKind, scheduleKind] = eventKinds;

describe('EventBridge', () => {
  let fake: FakeCloud;
  let events: ReturnType<typeof createEvents>;
  let changed: (change: Partial<StatusChange>) => void;
  let started: Created[];
  // biome-ignore lint/suspicious/noExplicitAny: events are what the test says they are
  let received: any[];

  beforeEach(() => {
    fake = new FakeCloud({ timeScale: 0.001 });
    const states = {
      name: 'states',
      onStatusChange: (listener: typeof changed) => {
        changed = listener;
      },
    } as unknown as AwsService;
    fake.services.set('states', states).set('sqs', createSqs(fake.cloud));
    events = createEvents(fake.cloud);
    fake.services.set('events', events);
    started = [];
    received = [];
    fake.on('Reconcile', (event) => {
      received.push(event);
    });
  });
  afterEach(async () => {
    for (const created of started) await created.stop?.();
    await fake.close();
  });

  async function create(kind: typeof ruleKind, properties: object): Promise<void> {
    const resource = {
      logicalId: 'Rule',
      path: 'Stack/Rule',
      type: '',
      assembly: '',
      properties,
    } as Resource;
    const created = (await kind?.create(resource, fake.cloud)) as Created;
    started.push(created);
    await created.start?.();
  }

  const invokeConfig = (properties: object) =>
    eventInvokeConfig.create(
      {
        logicalId: 'Config',
        path: '',
        type: '',
        assembly: '',
        properties: { FunctionName: 'Reconcile', ...properties },
      },
      fake.cloud,
    );

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
  const put = (entry: object) =>
    events.perform({
      operation: 'PutEvents',
      input: { Entries: [{ Source: 'shop', DetailType: 'Sold', Detail: '{"n":1}', ...entry }] },
    });

  it('sends status changes of executions to the targets of matching rules', async () => {
    await create(ruleKind, { EventPattern: failedExecutions, Targets: target() });

    changed({ ...failure, status: 'SUCCEEDED' });
    changed(failure);
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
    await create(ruleKind, { EventPattern: failedExecutions, Targets: target() });
    fake.cloud.faults.add({ target: 'events', effect: 'drop', times: 1 });

    changed({ ...failure, status: 'SUCCEEDED' });
    changed({ ...failure, name: 'lost' });
    changed({ ...failure, name: 'kept' });
    await until(() => received.length > 0);

    expect(received.map(({ detail }) => detail.name)).toEqual(['kept']);
  });

  it('takes events of applications, and tells what is wrong with others', async () => {
    await create(ruleKind, { EventPattern: { source: ['shop'] }, Targets: target() });

    const good = await put({});
    const bad = await put({ Detail: 'not JSON' });
    const forbidden = await put({ Source: 'aws.states' });
    await until(() => received.length > 0);

    expect(received).toMatchObject([{ source: 'shop', 'detail-type': 'Sold', detail: { n: 1 } }]);
    expect(good).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: received[0].id }] });
    expect(bad).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] });
    expect(forbidden).toMatchObject({ Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }] });
  });

  it.each([
    ['a constant', { Input: '{"a":1}' }, { a: 1 }],
    ['a part', { InputPath: '$.detail.n' }, 1],
    [
      'a template',
      {
        InputTransformer: {
          InputPathsMap: { n: '$.detail.n', who: '$.source' },
          InputTemplate: '{"n":<n>,"who":<who>,"text":"<who> sold <n>"}',
        },
      },
      { n: 1, who: 'shop', text: 'shop sold 1' },
    ],
  ])('gives a target %s of the event', async (_, input, expected) => {
    await create(ruleKind, { EventPattern: { source: ['shop'] }, Targets: target(input) });

    await put({});
    await until(() => received.length > 0);

    expect(received).toEqual([expected]);
  });

  it('sends to queues', async () => {
    const sqs = fake.services.get('sqs') as Sqs;
    const queue = sqs.createQueue({
      name: 'Sold',
      visibilityMs: 1000,
      delayMs: 0,
      retentionMs: 1e9,
      waitMs: 0,
      maxBytes: 1e6,
    });
    await create(ruleKind, { EventPattern: { source: ['shop'] }, Targets: [{ Id: 'T', Arn: queue.arn }] });

    await put({});
    const [message] = await queue.receive(1, 1_000);

    expect(JSON.parse(message?.body ?? '')).toMatchObject({ source: 'shop' });
  });

  it('repeats an event that a function failed on twice, then tells its destination', async () => {
    const sqs = fake.services.get('sqs') as Sqs;
    const queue = sqs.createQueue({
      name: 'Lost',
      visibilityMs: 1000,
      delayMs: 0,
      retentionMs: 1e9,
      waitMs: 0,
      maxBytes: 1e6,
    });
    await invokeConfig({
      Qualifier: '$LATEST',
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    });
    fake.on('Reconcile', (event) => {
      received.push(event);
      throw new Error('broken');
    });
    await create(ruleKind, { EventPattern: { source: ['shop'] }, Targets: target() });

    await put({});
    const [message] = await queue.receive(1, 5_000);

    expect(received).toHaveLength(3);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { source: 'shop' },
      responsePayload: { errorMessage: 'broken' },
    });
  });

  it('refuses a destination that the role of its function may not send to', async () => {
    fake.define('Reconcile', { role: roleThatMay('lambda:InvokeFunction') });
    const created = await invokeConfig({
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:Lost' } },
    });

    expect(() => created.start?.()).toThrow('sqs:SendMessage');
  });

  it('runs schedules of rules and of the scheduler, in scaled time', async () => {
    const begun = Date.now();
    await create(ruleKind, { ScheduleExpression: 'rate(1 minute)', Targets: target() });
    await create(scheduleKind, {
      ScheduleExpression: 'cron(* * * * ? *)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: arnOf('Reconcile'),
        RoleArn: roleThatMay('lambda:InvokeFunction'),
        Input: '{"from":"scheduler"}',
      },
    });

    await until(
      () => received.filter(({ from }) => from === 'scheduler').length >= 3 && received.length >= 6,
    );

    expect(Date.now() - begun).toBeGreaterThanOrEqual(120);
    expect(received.find(({ source }) => source === 'aws.events')).toMatchObject({
      'detail-type': 'Scheduled Event',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/Rule'],
      detail: {},
    });
  });

  it('refuses a schedule whose role may not invoke its function', async () => {
    const Target = { Arn: arnOf('Reconcile'), RoleArn: roleThatMay('sqs:SendMessage') };

    await expect(create(scheduleKind, { ScheduleExpression: 'rate(1 hour)', Target })).rejects.toThrow(
      'lambda:InvokeFunction',
    );
  });

  function roleThatMay(Action: string): string {
    const role = `arn:aws:iam::000000000000:role/${Action.replace(':', '-')}`;
    fake.cloud.access.attach(role, [{ Effect: 'Allow', Action, Resource: '*' }]);
    return role;
  }
});

describe('schedule', () => {
  const from = '2026-01-20T15:30:00.000Z';

  it.each([
    ['rate(5 minutes)', '2026-01-20T15:35:00.000Z'],
    ['rate(1 day)', '2026-01-21T15:30:00.000Z'],
    ['cron(0 12 * * ? *)', '2026-01-21T12:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-20T15:45:00.000Z'],
    ['cron(30 15 ? * MON-FRI *)', '2026-01-21T15:30:00.000Z'],
    ['cron(0 8 1 * ? *)', '2026-02-01T08:00:00.000Z'],
    ['cron(0 0 29 FEB ? *)', '2028-02-29T00:00:00.000Z'],
  ])('%s is due next at %s', (expression, expected) => {
    const next = parseSchedule(expression)(Date.parse(from));

    expect(new Date(next ?? 0).toISOString()).toBe(expected);
  });

  it('is never due again when its year is over', () => {
    expect(parseSchedule('cron(0 0 1 1 ? 2025)')(Date.parse(from))).toBeUndefined();
  });

  it.each([
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'every day',
    'cron(0 12 * *)',
    'cron(0 12 * * * *)',
    'cron(0 12 ? * ? *)',
    'cron(0 12 L * ? *)',
    'cron(61 * * * ? *)',
  ])('refuses %s', (expression) => {
    expect(() => parseSchedule(expression)).toThrow('ScheduleExpression');
  });
});
