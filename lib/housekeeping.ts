import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { NodeFunction } from './node-function.ts';
import { type OrderTables, openJobs } from './order-tables.ts';
import { queueDefaults } from './queue-defaults.ts';

export interface HousekeepingProps {
  readonly tables: OrderTables;
  readonly stateMachine: StateMachine;
  /** Where callbacks are queued. */
  readonly callbacks: Queue;
  readonly logRetentionDays: number;
}

/** What was accepted but not started waits no longer than this. */
const bookkeepingWindow = Duration.minutes(1);

/** How often every open job is compared with its execution: events are best effort. */
const sweepInterval = Duration.minutes(5);

/** A job to which something happened since is left alone by the sweep. */
const sweepPatience = Duration.minutes(1);

/** What nobody waits for: bringing jobs in line with their executions, starting forgotten ones, learning durations. */
export class Housekeeping extends Construct {
  /** Changes that the bookkeeping could not take. */
  readonly deadLetters: Queue;

  constructor(
    scope: Construct,
    id: string,
    { tables, stateMachine, callbacks, logRetentionDays }: HousekeepingProps,
  ) {
    super(scope, id);
    const { jobs, statistics } = tables;

    const reconcile = new NodeFunction<'reconcile'>(this, 'Reconcile', {
      entry: 'housekeeping/reconcile',
      description: 'Brings a job in line with its execution.',
      environment: {
        JOBS_TABLE: jobs.tableName,
        OPEN_JOBS_INDEX: openJobs,
        STATE_MACHINE_ARN: stateMachine.stateMachineArn,
        PATIENCE_SECONDS: String(sweepPatience.toSeconds()),
      },
      logRetentionDays,
      timeout: Duration.minutes(5),
    });
    reconcile.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], jobs.tableArn);
    reconcile.allow(['dynamodb:Query'], tables.openJobsArn);
    reconcile.startExecutions(stateMachine);
    reconcile.describeExecutions(stateMachine);
    const target = new LambdaFunction(reconcile.function, {
      retryAttempts: 10,
      maxEventAge: Duration.hours(6),
    });
    new Rule(this, 'ExecutionEnded', {
      description: 'An execution ended without success.',
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
    new Rule(this, 'Sweep', {
      description: 'Looks after every open job to which nothing has happened for a while.',
      schedule: Schedule.rate(sweepInterval),
      targets: [target],
    });

    const bookkeeping = new NodeFunction<'bookkeeping'>(this, 'Bookkeeping', {
      entry: 'housekeeping/bookkeeping',
      description:
        'Starts what was accepted but not started; queues callbacks; learns how long the stages take.',
      environment: {
        JOBS_TABLE: jobs.tableName,
        STATISTICS_TABLE: statistics.tableName,
        CALLBACK_QUEUE_URL: callbacks.queueUrl,
        STATE_MACHINE_ARN: stateMachine.stateMachineArn,
      },
      logRetentionDays,
      timeout: Duration.minutes(1),
    });
    bookkeeping.allow(['dynamodb:GetItem'], jobs.tableArn);
    bookkeeping.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], statistics.tableArn);
    bookkeeping.allow(['sqs:SendMessage'], callbacks.queueArn);
    bookkeeping.startExecutions(stateMachine);
    this.deadLetters = new Queue(this, 'Unaccounted', queueDefaults);
    bookkeeping.allow(['sqs:SendMessage'], this.deadLetters.queueArn);
    new EventSourceMapping(this, 'LastMinute', {
      target: bookkeeping.function,
      eventSourceArn: bookkeeping.readStream(jobs),
      startingPosition: StartingPosition.LATEST,
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
      maxRecordAge: Duration.hours(6),
      retryAttempts: 100,
      // CDK's SqsDlq would grant more than sending; what is needed is allowed above.
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    }).node.addDependency(bookkeeping.permissions);
  }
}
