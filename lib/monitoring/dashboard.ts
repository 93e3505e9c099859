import { Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type MetricName, metricTable, serviceDimension } from '../../lambdas/runtime/metric-table.ts';
import { period, productMetric, stageOf, type Watched } from './watched.ts';

/** The dashboard: alarms, then orders from the API to their completion, then what the product runs on. */
export function createDashboard(scope: Construct, watched: Watched, alarms: Alarm[]): Dashboard {
  const { stateMachine, apiStage, functions, deadLetters, webhooksDue } = watched;
  const { stackName } = Stack.of(scope);
  const stages = functions.flatMap((of) => stageOf(of) ?? []);
  const metric = (name: MetricName, statistic: string) =>
    productMetric(
      watched,
      name,
      statistic,
      {},
      { label: statistic === Stats.SUM ? name : `${name} ${statistic}` },
    );
  const percentiles = (name: MetricName) => [metric(name, Stats.p(50)), metric(name, Stats.p(99))];
  const byStage = (name: MetricName, statistic: string) =>
    stages.map((stage) => productMetric(watched, name, statistic, { stage }, { label: stage }));
  const byReason = (name: MetricName) =>
    new MathExpression({
      expression: `SEARCH('{"${stackName}",${Object.keys(serviceDimension)},reason} MetricName="${name}"', 'Sum')`,
      usingMetrics: {},
      label: '',
      period,
    });
  const sum = { period, statistic: Stats.SUM };
  const max = { period, statistic: Stats.MAXIMUM };

  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: stackName });
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: 24, height: 6, alarms }));
  for (const row of [
    [
      graph('Orders', [metric('OrdersAccepted', Stats.SUM)]),
      graph('Refused at the API, by code', [byReason('OrdersRefused')]),
      graph('Refused by a stage, by code', [byReason('StageRefused')]),
    ],
    [
      graph('Time in queue', percentiles('TimeInQueue')),
      graph('Acceptance to completion', percentiles('EndToEnd')),
      graph('Push lag', percentiles('PushLag')),
    ],
    [
      graph('Stage duration, 99 %', byStage('StageDuration', Stats.p(99))),
      graph('Failed attempts', byStage('StageFailed', Stats.SUM)),
      graph('Mail and compensation', [
        metric('MailFailed', Stats.SUM),
        metric('CompensationFailed', Stats.SUM),
      ]),
    ],
    [
      graph('Open work', [metric('RedrivableJobs', Stats.MAXIMUM), metric('SweepBacklog', Stats.MAXIMUM)]),
      graph('Oldest open work', [
        metric('OldestQueuedJob', Stats.MAXIMUM),
        metric('RedrivableAge', Stats.MAXIMUM),
      ]),
      graph('Redrives', [metric('RedrivableFailure', Stats.SUM), metric('RedriveExpired', Stats.SUM)]),
    ],
    [
      graph('Executions', [
        stateMachine.metricStarted(sum),
        stateMachine.metricSucceeded(sum),
        stateMachine.metricFailed(sum),
        stateMachine.metricTimedOut(sum),
        stateMachine.metricThrottled(sum),
      ]),
      graph('HTTP API', [
        apiStage.metricCount(sum),
        apiStage.metricClientError(sum),
        apiStage.metricServerError(sum),
      ]),
      graph(
        'HTTP API latency',
        [50, 99].map((p) => apiStage.metricLatency({ period, statistic: Stats.p(p) })),
      ),
    ],
    [
      graph(
        'Errors of functions',
        functions.map((of) => of.function.metricErrors(sum)),
      ),
      graph(
        'Throttles of functions',
        functions.map((of) => of.function.metricThrottles(sum)),
      ),
      graph('Queues', [
        ...deadLetters.map((queue) => queue.metricApproximateNumberOfMessagesVisible(max)),
        webhooksDue.metricApproximateNumberOfMessagesVisible(max),
      ]),
    ],
  ])
    dashboard.addWidgets(...row);
  return dashboard;
}

/** A third of the width. The unit of the product's metrics stands at the axis. */
function graph(title: string, left: IMetric[]): GraphWidget {
  const [first] = left;
  const name = (first as { readonly metricName?: string } | undefined)?.metricName ?? '';
  const unit = Object.hasOwn(metricTable, name) ? metricTable[name as MetricName].unit : undefined;
  return new GraphWidget({
    title,
    width: 8,
    height: 6,
    left,
    ...(unit && { leftYAxis: { label: unit, min: 0 } }),
  });
}
