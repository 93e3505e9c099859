import { Duration } from 'aws-cdk-lib';
import { JitterType, JsonPath, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { RetryPolicy } from '../domain/stages.ts';
import type { DeployedStage } from './order-stages.ts';

/** Errors with which a stage sends an order to its settlement. They are never retried. */
export const endings = ['OrderRefused', 'OrderCancelled'];

/** Matches every error except States.DataLimitExceeded and States.Runtime, which no retry can fix. */
export const anyError = 'States.ALL';

/** Seconds that a task waits beyond its function's timeout. */
export const answerMarginSeconds = 5;

/**
 * The task of a stage.
 *
 * @param plan - names of all stages of the definition, in order
 * @param retry - how technical failures are retried
 * @param payload - what the function is told besides
 */
export function stageTask(
  scope: Construct,
  { stage, function: lambdaFunction }: DeployedStage,
  plan: readonly string[],
  retry: RetryPolicy,
  payload: { readonly express?: true } = {},
): LambdaInvoke {
  const task = new LambdaInvoke(scope, stage.state, {
    lambdaFunction,
    comment: stage.purpose,
    payload: TaskInput.fromObject({
      jobId: JsonPath.stringAt('$.jobId'),
      retryCount: JsonPath.numberAt('$$.State.RetryCount'),
      // An execution keeps this definition when the stage table changes, so it tells its functions which stages it has.
      stages: plan,
      // Whole, because a path to what the first stage does not have yet would be an error.
      state: JsonPath.objectAt('$'),
      ...payload,
    }),
    // The next stage begins with the job as this one left it, and needs no read.
    resultSelector: { job: JsonPath.objectAt('$.Payload') },
    resultPath: '$.passed',
    // The stage's own policy below covers Lambda's service errors too.
    retryOnServiceExceptions: false,
    // The function times out first; this limit applies when its answer is lost.
    taskTimeout: Timeout.duration(Duration.seconds(stage.timeoutSeconds + answerMarginSeconds)),
  });
  task.addRetry({ errors: endings, maxAttempts: 0 });
  task.addRetry(retryProps(retry));
  return task;
}

/** A retrier for any error. */
export const retryProps = (retry: RetryPolicy) => ({
  errors: [anyError],
  interval: Duration.seconds(retry.intervalSeconds),
  backoffRate: retry.backoffRate,
  maxDelay: Duration.seconds(retry.maxDelaySeconds),
  maxAttempts: retry.maxRetries,
  jitterStrategy: JitterType.FULL,
});
