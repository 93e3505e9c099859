import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import { type MetricName, serviceDimension } from '../../lambdas/runtime/metric-table.ts';
import type { Config } from '../config.ts';
import type { NodeFunction } from '../node-function.ts';

/** What alarms and dashboard look at. */
export interface Watched {
  readonly functions: readonly NodeFunction[];
  readonly stateMachine: StateMachine;
  /** What orders begin in, if not in the state machine. */
  readonly express?: StateMachine | undefined;
  readonly apiStage: HttpStage;
  /** Every queue of what was given up. */
  readonly deadLetters: readonly Queue[];
  /** Webhooks that are due for the first time. */
  readonly webhooksDue: Queue;
  readonly config: Pick<Config, 'redriveMinutes' | 'maxWaitSeconds'>;
}

/** Period of every metric. */
export const period = Duration.minutes(5);

/** A metric of the product, which the functions record. */
export function productMetric(
  { stateMachine }: Watched,
  name: MetricName,
  statistic: string,
  dimension: Readonly<Record<string, string>> = {},
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace: Stack.of(stateMachine).stackName,
    metricName: name,
    dimensionsMap: { ...serviceDimension, ...dimension },
    statistic,
    period,
    ...options,
  });
}

/** Path of a construct in its stack, without slashes: `ApiAccept`. */
export const nameOf = (construct: IConstruct): string =>
  construct.node.scopes
    .slice(1 + construct.node.scopes.indexOf(Stack.of(construct)))
    .map(({ node }) => node.id)
    .join('');

/** The stage that a function works for; undefined for other functions. */
export const stageOf = ({ entry }: NodeFunction): string | undefined => /^stages\/(.+)$/.exec(entry)?.[1];
