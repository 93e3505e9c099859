import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { ExpressWorkflow } from './express-workflow.ts';
import { type FunctionConfig, NodeFunction } from './node-function.ts';
import { type OrderTables, openJobs } from './order-tables.ts';
import type { OrderWorkflow } from './order-workflow.ts';
import type { Webhooks } from './webhooks.ts';

export interface HousekeepingProps {
  readonly tables: OrderTables;
  readonly workflow: OrderWorkflow;
  /** What orders begin in. @default the workflow */
  readonly express: ExpressWorkflow | undefined;
  readonly webhooks: Webhooks;
  readonly config: FunctionConfig;
}

/** Maximum time after which an order that was accepted but not started is started. */
const bookkeepingWindow = Duration.minutes(1);

/** Interval at which open jobs are compared with their executions, because EventBridge delivers at best effort. */
const sweepInterval = Duration.minutes(5);

/** The sweep skips jobs that changed less than this long ago. */
const sweepPatience = Duration.minutes(1);

/**
 * Bookkeeping leaves jobs younger than this to the sweep: their Express execution may be about to begin, and Step Functions
 * would not refuse a second one.
 */
const expressStartAfter = Duration.seconds(5);

/** Why a lost event needs no dead letter. */
const lostEvents = 'The next sweep finds, from the jobs table, whatever a lost event was about.';

/** Background work: reconciles jobs with their executions, starts what was not started, learns stage durations. */
export class Housekeeping extends Construct {
  /** Changes that bookkeeping could not process, whole, and notices of changes for which it could not run. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: HousekeepingProps) {
    super(scope, id);
    const { tables, workflow, express, webhooks, config } = props;
    const { jobs, orders, statistics } = tables;
    const { stateMachine, startArn } = workflow;

    const reconcile = new NodeFunction(this, 'Reconcile', {
      entry: 'housekeeping/reconcile',
      withoutDeadLetters: lostEvents,
      description: 'Reconciles jobs with their executions.',
      environment: {
        JOBS_TABLE: jobs.tableName,
        ORDERS_TABLE: orders.tableName,
        OPEN_JOBS_INDEX: openJobs,
        STATE_MACHINE_ARN: startArn,
        // Until then an Express execution may still be at work, which nobody can ask.
        PATIENCE_SECONDS: String((express?.patience ?? sweepPatience).toSeconds()),
      },
      config,
      timeout: Duration.minutes(5),
    });
    reconcile.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], jobs.tableArn);
    reconcile.allow(['dynamodb:UpdateItem'], orders.tableArn);
    reconcile.allow(['dynamodb:Query'], tables.openJobsArn);
    reconcile.startExecutions(stateMachine);
    reconcile.describeExecutions(stateMachine);
    reconcile.readExecutionHistory(stateMachine);
    const target = new LambdaFunction(reconcile.function, {
      retryAttempts: 10,
      maxEventAge: Duration.hours(6),
    });
    const executionEnded = new Rule(this, 'ExecutionEnded', {
      description: 'An execution failed, timed out or was stopped.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [stateMachine.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [target],
    });
    const sweep = new Rule(this, 'Sweep', {
      description: 'Reconciles every open job that has not changed for a while.',
      schedule: Schedule.rate(sweepInterval),
      targets: [target],
    });

    for (const rule of [executionEnded, sweep]) acknowledge(rule, 'Serverless-EventBusDLQ', lostEvents);

    this.deadLetters = new DeadLetterQueue(this, 'Unprocessed', config);
    const bookkeeping = new NodeFunction(this, 'Bookkeeping', {
      entry: 'housekeeping/bookkeeping',
      description:
        'Enqueues webhooks, starts orders that were accepted but not started, learns stage durations.',
      environment: {
        JOBS_TABLE: jobs.tableName,
        STATISTICS_TABLE: statistics.tableName,
        WEBHOOK_QUEUE_URL: webhooks.due.queueUrl,
        DEAD_LETTER_QUEUE_URL: this.deadLetters.queueUrl,
        STATE_MACHINE_ARN: express?.stateMachine.stateMachineArn ?? startArn,
        START_AFTER_SECONDS: String(express ? expressStartAfter.toSeconds() : 0),
      },
      config,
      timeout: Duration.minutes(5),
    });
    bookkeeping.allow(['dynamodb:GetItem'], jobs.tableArn);
    bookkeeping.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], statistics.tableArn);
    bookkeeping.allow(['sqs:SendMessage'], webhooks.due.queueArn);
    bookkeeping.startExecutions(express?.stateMachine ?? stateMachine);
    bookkeeping.allow(['sqs:SendMessage'], this.deadLetters.queueArn);
    new EventSourceMapping(this, 'Changes', {
      target: bookkeeping.function,
      eventSourceArn: bookkeeping.readStream(jobs),
      // A new mapping sees the jobs that ended while it was deployed. What it sees again has no effect but a repeated
      // webhook, which has the same id.
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') }),
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('MODIFY'),
          dynamodb: {
            NewImage: { status: { S: FilterRule.isEqual('completed') } },
            OldImage: { status: { S: FilterRule.isEqual('processing') } },
          },
        }),
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('MODIFY'),
          dynamodb: {
            NewImage: {
              webhook: { BOOL: FilterRule.exists() },
              status: { S: FilterRule.or('completed', 'failed', 'cancelled') },
            },
          },
        }),
      ],
      batchSize: 500,
      maxBatchingWindow: bookkeepingWindow,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // Retries have no limit but the age of the record. An hour later the stream forgets it.
      maxRecordAge: Duration.hours(23),
      // CDK's SqsDlq would grant more than sending; the statement above grants what is needed.
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    }).node.addDependency(bookkeeping.permissions);
  }
}
