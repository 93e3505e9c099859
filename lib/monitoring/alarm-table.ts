import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { FunctionName } from '../../lambdas/runtime/environment.ts';
import type { NodeFunction } from '../node-function.ts';
import { nameOf, period, productMetric, stageOf, type Watched } from './watched.ts';

/** A kind of alarm. Its name is its heading in the runbook. */
export interface AlarmRow {
  /** What has happened when it rings, in one sentence. */
  readonly meaning: string;
  /** The metrics, each with an alarm of its own, by what they are about; empty for the only one. */
  readonly metrics: (watched: Watched) => Readonly<Record<string, IMetric>>;
  /** The alarm rings when the metric is at least this. */
  readonly threshold: number | ((watched: Watched) => number);
  /** It rings when the threshold is reached in some of the latest five-minute periods. @default one of one */
  readonly datapoints?: readonly [reached: number, of: number];
  /** A missing value rings too: the metric is always there. */
  readonly missingRings?: true;
}

const sum = { period, statistic: Stats.SUM };
const max = { period, statistic: Stats.MAXIMUM };

/** The functions that read the stream of the jobs table. */
const streamConsumers: readonly FunctionName[] = ['live/push', 'housekeeping/bookkeeping'];

/** The functions that EventBridge invokes, which drops an event whose retries are used up. */
const eventTargets: readonly FunctionName[] = ['housekeeping/reconcile'];

/** Every alarm. The runbook explains each of them under a heading of the same name. */
export const alarmTable = {
  ExecutionsFailed: {
    meaning: 'Orders failed technically and wait for a redrive, or could not be undone.',
    metrics: ({ stateMachine }) => ({ '': stateMachine.metricFailed(sum) }),
    threshold: 1,
  },
  ExecutionsTimedOut: {
    meaning: 'Orders took longer than the state machine allows.',
    metrics: ({ stateMachine }) => ({ '': stateMachine.metricTimedOut(sum) }),
    threshold: 1,
  },
  ExecutionsThrottled: {
    meaning: 'Step Functions slows executions down, because the account has reached a quota.',
    metrics: ({ stateMachine }) => ({ '': stateMachine.metricThrottled(sum) }),
    threshold: 1,
    datapoints: [2, 3],
  },
  ExpressFailed: {
    meaning: 'Express executions failed and could not hand their orders over; the sweep does.',
    metrics: ofExpress((express) => express.metricFailed(sum)),
    threshold: 1,
  },
  ExpressTimedOut: {
    meaning: 'Express executions ran into their timeout; the sweep continues their orders.',
    metrics: ofExpress((express) => express.metricTimedOut(sum)),
    threshold: 1,
  },
  ExpressThrottled: {
    meaning: 'Step Functions slows Express executions down, because the account has reached a quota.',
    metrics: ofExpress((express) => express.metricThrottled(sum)),
    threshold: 1,
    datapoints: [2, 3],
  },
  IteratorAge: {
    meaning:
      'A consumer of the jobs table’s stream is behind: pushes, webhooks and forgotten starts are late.',
    metrics: ofFunctions(streamConsumers, (of) => of.function.metric('IteratorAge', max)),
    threshold: 300_000,
    datapoints: [2, 3],
  },
  DeadLetters: {
    meaning: 'Something was given up and lies in a queue of dead letters.',
    metrics: ({ deadLetters }) =>
      Object.fromEntries(
        deadLetters.map((queue) => [nameOf(queue), queue.metricApproximateNumberOfMessagesVisible(max)]),
      ),
    threshold: 1,
  },
  WebhooksDelayed: {
    meaning: 'Webhooks wait a quarter of an hour or longer for their first attempt.',
    metrics: ({ webhooksDue }) => ({ '': webhooksDue.metricApproximateAgeOfOldestMessage(max) }),
    threshold: 900,
    datapoints: [2, 3],
  },
  ApiErrors: {
    meaning: 'The HTTP API answers with 5xx.',
    metrics: ({ apiStage }) => ({ '': apiStage.metricServerError(sum) }),
    threshold: 5,
    datapoints: [2, 3],
  },
  ApiLatency: {
    meaning:
      'One of a hundred requests to the HTTP API takes three seconds or longer, besides the wait that it asked for.',
    metrics: ({ apiStage }) => ({ '': apiStage.metricLatency({ period, statistic: Stats.p(99) }) }),
    threshold: ({ config }) => 1_000 * (3 + config.maxWaitSeconds),
    datapoints: [3, 3],
  },
  FunctionErrors: {
    meaning: 'A function fails again and again.',
    metrics: (watched) =>
      Object.fromEntries(watched.functions.map((of) => [nameOf(of), errorsOf(of, watched)])),
    threshold: 5,
    datapoints: [2, 3],
  },
  FunctionThrottles: {
    meaning: 'Lambda throttles a function, because the account or the function has reached its concurrency.',
    metrics: ({ functions }) =>
      Object.fromEntries(functions.map((of) => [nameOf(of), of.function.metricThrottles(sum)])),
    threshold: 1,
    datapoints: [2, 3],
  },
  DroppedEvents: {
    meaning: 'Events for a function were dropped after all their retries.',
    metrics: ofFunctions(eventTargets, (of) => of.function.metric('AsyncEventsDropped', sum)),
    threshold: 1,
  },
  OldestQueuedJob: {
    meaning: 'An accepted order has not begun for ten minutes.',
    metrics: (watched) => ({ '': productMetric(watched, 'OldestQueuedJob', Stats.MAXIMUM) }),
    threshold: 600,
  },
  CompensationFailed: {
    meaning: 'An order could not be undone: a refund is stuck.',
    metrics: (watched) => ({ '': productMetric(watched, 'CompensationFailed', Stats.SUM) }),
    threshold: 1,
  },
  RedrivableAge: {
    meaning: 'A failed order has waited for a redrive for half of the time that it may.',
    metrics: (watched) => ({ '': productMetric(watched, 'RedrivableAge', Stats.MAXIMUM) }),
    threshold: ({ config }) => config.redriveMinutes * 30,
  },
  SweepBacklog: {
    meaning: 'The sweep has too many jobs to look at, or does not run.',
    metrics: (watched) => ({ '': productMetric(watched, 'SweepBacklog', Stats.MAXIMUM) }),
    threshold: 5_000,
    datapoints: [3, 3],
    missingRings: true,
  },
  PushLag: {
    meaning: 'One of a hundred changes reaches its watchers ten seconds late or later.',
    metrics: (watched) => ({ '': productMetric(watched, 'PushLag', Stats.p(99)) }),
    threshold: 10_000,
    datapoints: [3, 3],
  },
  MailFailed: {
    meaning: 'Attempts to send confirmations fail.',
    metrics: (watched) => ({ '': productMetric(watched, 'MailFailed', Stats.SUM) }),
    threshold: 10,
    datapoints: [2, 3],
  },
} as const satisfies Readonly<Record<string, AlarmRow>>;

/** No alarm where orders do not begin in Express executions. */
function ofExpress(metricOf: (express: StateMachine) => IMetric) {
  return ({ express }: Watched): Record<string, IMetric> => (express ? { '': metricOf(express) } : {});
}

function ofFunctions(entries: readonly FunctionName[], metricOf: (of: NodeFunction) => IMetric) {
  return ({ functions }: Watched): Record<string, IMetric> =>
    Object.fromEntries(
      functions.filter(({ entry }) => entries.includes(entry)).map((of) => [nameOf(of), metricOf(of)]),
    );
}

/** A stage throws to send an order to its settlement, which Lambda counts as an error (ADR 14). */
function errorsOf(of: NodeFunction, watched: Watched): IMetric {
  const errors = of.function.metricErrors(sum);
  const stage = stageOf(of);
  if (stage === undefined) return errors;
  const due = productMetric(watched, 'SettlementDue', Stats.SUM, { stage });
  return new MathExpression({
    label: `Errors of ${stage}`,
    expression: 'errors - FILL(due, 0)',
    usingMetrics: { errors, due },
    period,
  });
}
