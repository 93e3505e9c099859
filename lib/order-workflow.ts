import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  DefinitionBody,
  JitterType,
  JsonPath,
  LogLevel,
  StateMachine,
  StateMachineType,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { RetryPolicy, Stage, StageTable } from '../domain/stages.ts';

export interface OrderWorkflowProps {
  readonly table: StageTable;
  /** The function of each stage, by the stage's name. */
  readonly stages: Readonly<Record<string, IFunction>>;
  /** Settles an order whose stage did not succeed. */
  readonly settlement: IFunction;
  readonly logRetentionDays: number;
}

/** How much longer than a function's timeout its answer is waited for. */
const answerMarginSeconds = 5;

/** Longest life of an execution: longer than all retries of all stages together. */
const executionTimeout = Duration.days(2);

/** A settlement must not give up before an operator has had a night's sleep. */
const settlementRetry: RetryPolicy = {
  maxRetries: 60,
  intervalSeconds: 1,
  backoffRate: 2,
  maxDelaySeconds: 900,
};

/** How a stage ends an order, thrown by its function: never retried, settled at once. */
const endings = ['OrderRefused', 'OrderCancelled'];

/** Everything Step Functions can report but DataLimitExceeded and Runtime errors, which no retry mends. */
const anyError = 'States.ALL';

/**
 * The state machine, one task a stage in the table's order: a happy order costs one transition a stage. Technical
 * failures are retried as the row says; when that is used up the execution fails at that state, so that a redrive
 * resumes there. Refusals and exhausted best-effort stages are settled.
 */
export class OrderWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: OrderWorkflowProps) {
    super(scope, id);

    const settle = this.settlement(
      'Settle order',
      props.settlement,
      'Undoes what was done for an order that ends.',
    );
    // From the last stage to the first, so that each knows what comes after it.
    const first = props.table.reduceRight<LambdaInvoke | undefined>((next, stage) => {
      const task = this.task(stage, props.stages[stage.name]);
      task.addCatch(settle, { errors: endings, resultPath: '$.failure' });
      if (stage.bestEffort) {
        const comment = 'Its retries are used up; the order goes on without it.';
        const skip = this.settlement(`Skip: ${stage.state}`, props.settlement, comment, stage.name);
        task.addCatch(skip, { errors: [anyError], resultPath: '$.failure' });
        if (next) skip.next(next);
      }
      if (next) task.next(next);
      return task;
    }, undefined);
    if (!first) throw new Error('The stage table is empty: an order needs at least one stage.');

    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      comment: 'The way of an accepted order, one task a stage.',
      definitionBody: DefinitionBody.fromChainable(first),
      timeout: executionTimeout,
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: props.logRetentionDays as RetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
  }

  private task(stage: Stage, lambdaFunction: IFunction | undefined): LambdaInvoke {
    if (!lambdaFunction)
      throw new Error(`The stage '${stage.name}' has no function: add lambdas/stages/${stage.name}.ts`);
    const task = new LambdaInvoke(this, stage.state, {
      lambdaFunction,
      comment: stage.purpose,
      payload: TaskInput.fromObject({
        jobId: JsonPath.stringAt('$.jobId'),
        retryCount: JsonPath.numberAt('$$.State.RetryCount'),
      }),
      // Every state sees the execution's input and nothing else.
      resultPath: JsonPath.DISCARD,
      // The rows' own policy below covers Lambda's service errors too.
      retryOnServiceExceptions: false,
      // The function's own timeout comes first; this one is for an answer that never comes.
      taskTimeout: Timeout.duration(Duration.seconds(stage.timeoutSeconds + answerMarginSeconds)),
    });
    task.addRetry({ errors: endings, maxAttempts: 0 });
    task.addRetry(retryProps(stage.retry));
    return task;
  }

  private settlement(id: string, lambdaFunction: IFunction, comment: string, skip?: string): LambdaInvoke {
    const task = new LambdaInvoke(this, id, {
      lambdaFunction,
      comment,
      payload: TaskInput.fromObject({
        jobId: JsonPath.stringAt('$.jobId'),
        failure: JsonPath.objectAt('$.failure'),
        ...(skip !== undefined && { skip }),
      }),
      resultPath: JsonPath.DISCARD,
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(Duration.seconds(30)),
    });
    task.addRetry(retryProps(settlementRetry));
    return task;
  }
}

const retryProps = (retry: RetryPolicy) => ({
  errors: [anyError],
  interval: Duration.seconds(retry.intervalSeconds),
  backoffRate: retry.backoffRate,
  maxDelay: Duration.seconds(retry.maxDelaySeconds),
  maxAttempts: retry.maxRetries,
  jitterStrategy: JitterType.FULL,
});
