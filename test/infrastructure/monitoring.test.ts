import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stages } from '../../domain/stages.ts';
import { metricTable } from '../../lambdas/runtime/metric-table.ts';
import { alarmTable } from '../../lib/monitoring/alarm-table.ts';
import {
  type Deployment,
  functionsOf,
  nameOf,
  type Resource,
  resourcesOf,
  template,
  textOf,
  theOnly,
} from '../support/stack.ts';

const production = template('production');
const alarms = (of: Deployment = 'production'): Resource['Properties'][] =>
  Object.entries(resourcesOf('AWS::CloudWatch::Alarm', template(of)))
    // The others stop releases.
    .filter(([logicalId]) => logicalId.startsWith('Monitoring'))
    .map(([, { Properties }]) => Properties);

/** `Accepted-production-FunctionErrors-ApiAccept` → `FunctionErrors`. */
const kindOf = ({ AlarmName }: { AlarmName: string }) => AlarmName.split('-')[2] ?? '';
const ofKind = (kind: string) => alarms().filter((alarm) => kindOf(alarm) === kind);
/** What the alarms of a kind are about: the value of their metrics' dimension. */
const targets = (kind: string, dimension: string) =>
  ofKind(kind).flatMap(({ Dimensions = [], Metrics = [] }) => {
    const all = [
      ...Dimensions,
      ...Metrics.flatMap(({ MetricStat }: Resource['Properties']) => MetricStat?.Metric.Dimensions ?? []),
    ];
    return all.filter(({ Name }) => Name === dimension).map(({ Value }) => textOf(Value));
  });

const runbook = readFileSync(path.join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const [, alarmsPart = ''] = /^## Alarms\n(.*?)(?=^## )/ms.exec(`${runbook}\n## `) ?? [];
const headings = [...alarmsPart.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

describe('the alarms', () => {
  it('are those of the table, each with its heading in the runbook, in the same order', () => {
    // Those of Express executions are there only where orders begin in them.
    expect([...new Set(alarms('hardened').map(kindOf))].sort()).toEqual(Object.keys(alarmTable).sort());
    expect([...new Set(alarms().map(kindOf))].sort()).toEqual(
      Object.keys(alarmTable)
        .filter((name) => !name.startsWith('Express'))
        .sort(),
    );
    expect(headings).toEqual(Object.keys(alarmTable));
  });

  it('say what happened and link to their heading in the runbook', () => {
    for (const alarm of alarms())
      expect(alarm.AlarmDescription).toMatch(
        new RegExp(`^[A-Z].+\\. Runbook: docs/runbook\\.md#${kindOf(alarm).toLowerCase()}$`),
      );
    expect(alarms('customized')[0]?.AlarmDescription).toContain('https://wiki.shop.example/runbook#');
  });

  it('and their end are told to the topic, which lets the account’s alarms publish', () => {
    const [[topicId] = ['']] = Object.entries(resourcesOf('AWS::SNS::Topic', production));
    const { Statement } = theOnly('AWS::SNS::TopicPolicy', production).Properties.PolicyDocument;

    for (const { AlarmActions, OKActions, ActionsEnabled } of alarms())
      expect([AlarmActions, OKActions, ActionsEnabled ?? true]).toEqual([
        [{ Ref: topicId }],
        [{ Ref: topicId }],
        true,
      ]);
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
      }),
    );
  });

  it('are mailed to the address of the configuration', () => {
    const { Protocol, Endpoint } = theOnly('AWS::SNS::Subscription', template('customized')).Properties;

    expect([Protocol, Endpoint]).toEqual(['email', 'oncall@shop.example']);
    expect(resourcesOf('AWS::SNS::Subscription', production)).toEqual({});
  });

  it('do not exist in development', () => {
    expect(alarms('development')).toEqual([]);
  });

  it('treat a missing value as healthy, except where the sweep always writes one', () => {
    for (const alarm of alarms())
      expect([kindOf(alarm), alarm.TreatMissingData]).toEqual([
        kindOf(alarm),
        kindOf(alarm) === 'SweepBacklog' ? 'breaching' : 'notBreaching',
      ]);
  });
});

describe('every', () => {
  const functionRefs = Object.keys(functionsOf(production)).map((name) => `<${name}Function>`);

  it.each(['FunctionErrors', 'FunctionThrottles'])('function has an alarm %s', (kind) => {
    expect(targets(kind, 'FunctionName').sort()).toEqual([...functionRefs].sort());
  });

  it('queue of what was given up has an alarm', () => {
    const queues = Object.entries(resourcesOf('AWS::SQS::Queue', production));
    const redriven = queues.flatMap(([id, { Properties }]) => (Properties.RedrivePolicy ? [nameOf(id)] : []));

    const deadLetters = queues.map(([id]) => nameOf(id)).filter((name) => !redriven.includes(name));

    expect(targets('DeadLetters', 'QueueName').sort()).toEqual(
      deadLetters.map((name) => `<${name}.QueueName>`).sort(),
    );
  });

  it('consumer of a stream has an alarm on its delay', () => {
    const consumers = Object.values(resourcesOf('AWS::Lambda::EventSourceMapping', production))
      .filter(({ Properties }) => textOf(Properties.EventSourceArn).includes('.StreamArn'))
      .map(({ Properties }) => textOf(Properties.FunctionName));

    expect(targets('IteratorAge', 'FunctionName').sort()).toEqual(consumers.sort());
  });

  it('function that EventBridge invokes has an alarm on dropped events', () => {
    const invoked = Object.values(resourcesOf('AWS::Events::Rule', production)).flatMap(({ Properties }) =>
      Properties.Targets.map(({ Arn }: { Arn: object }) => textOf(Arn).replace('.Arn', '')),
    );

    expect(targets('DroppedEvents', 'FunctionName').sort()).toEqual([...new Set(invoked)].sort());
  });
});

it('a refusal or cancellation that a stage throws is not among its errors', () => {
  const ofStages = ofKind('FunctionErrors').filter(({ Metrics }) => Metrics);

  expect(ofStages).toHaveLength(stages.length);
  for (const { Metrics } of ofStages) {
    const [expression] = Metrics.filter(({ Expression }: Resource['Properties']) => Expression);
    const due = Metrics.find(({ Id }: Resource['Properties']) => Id === 'due').MetricStat;
    expect(expression).toMatchObject({ Expression: 'errors - FILL(due, 0)', ReturnData: true });
    expect(due).toMatchObject({
      Metric: { Namespace: 'Accepted-production', MetricName: 'SettlementDue' },
      Stat: 'Sum',
    });
    expect(due.Metric.Dimensions.map(({ Name }: { Name: string }) => Name)).toEqual(['service', 'stage']);
  }
});

it('alarms and dashboard ask only for metrics that the functions record', () => {
  const dashboard = textOf(theOnly('AWS::CloudWatch::Dashboard', production).Properties.DashboardBody);
  const asked = [
    ...alarms().flatMap(({ Namespace, MetricName }) =>
      Namespace === 'Accepted-production' ? [MetricName] : [],
    ),
    ...[...dashboard.matchAll(/\["Accepted-production","(\w+)"/g)].map(([, name]) => name),
    ...[...dashboard.matchAll(/MetricName=\\*"(\w+)/g)].map(([, name]) => name),
  ];

  expect(asked).toContain('PushLag');
  expect(asked.filter((name) => !Object.hasOwn(metricTable, name))).toEqual([]);
  const shown = new Set([...asked, 'SettlementDue']);
  expect(Object.keys(metricTable).filter((name) => !shown.has(name))).toEqual([]);
});

describe('tracing', () => {
  const isTraced = (of: Deployment) =>
    Object.values(functionsOf(template(of))).map(({ Properties }) => Properties.TracingConfig?.Mode);
  const machine = (of: Deployment) => theOnly('AWS::StepFunctions::StateMachine', template(of)).Properties;

  it('covers every function and the executions, with the permission to write, where it is configured', () => {
    expect(new Set(isTraced('production'))).toEqual(new Set(['Active']));
    expect(machine('production').TracingConfiguration).toEqual({ Enabled: true });
    const writers = Object.values(resourcesOf('AWS::IAM::Policy', production)).filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes('xray:PutTraceSegments'),
    );
    expect(writers).toHaveLength(isTraced('production').length + 1);
  });

  it('is off otherwise', () => {
    expect(new Set(isTraced('development'))).toEqual(new Set([undefined]));
    expect(machine('development').TracingConfiguration).toBeUndefined();
  });
});

describe('the access log of the WebSocket API', () => {
  const settings = (of: Deployment) =>
    Object.values(resourcesOf('AWS::ApiGatewayV2::Stage', template(of))).find(
      ({ Properties }) => Properties.StageName === 'live',
    )?.Properties.AccessLogSettings;

  it('has request, connection, route and status, and neither query, message, address nor token', () => {
    const { DestinationArn, Format } = settings('production');

    expect(textOf(DestinationArn)).toBe('<LiveAccessLog.Arn>');
    expect(Object.keys(JSON.parse(Format))).toEqual(
      expect.arrayContaining(['requestId', 'connectionId', 'route', 'status']),
    );
    // The ticket is in the query of the handshake.
    expect(Format).not.toMatch(
      /query|\$context\.(path|identity|authorizer\.(claims|principalId))|\$request|ticket/i,
    );
  });

  it('is off in development: API Gateway needs a role of the account for it', () => {
    expect(settings('development')).toBeUndefined();
  });
});
