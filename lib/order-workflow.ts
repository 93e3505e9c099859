import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  DefinitionBody,
  JsonPath,
  LogLevel,
  StateMachine,
  StateMachineType,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { RetryPolicy } from '../domain/stages.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import type { Config } from './config.ts';
import { Log } from './log.ts';
import type { DeployedStage } from './order-stages.ts';
import type { Releases } from './releases.ts';
import { anyError, endings, retryProps, stageTask } from './stage-task.ts';

export interface OrderWorkflowProps {
  /** In the order in which they work on an order. */
  readonly stages: readonly DeployedStage[];
  /** Settles an order whose stage did not succeed. */
  readonly settlement: IFunction;
  /** @default a new definition takes over at once */
  readonly releases: Releases | undefined;
  readonly config: Pick<Config, 'logRetentionDays' | 'retainData' | 'tracing'>;
}

/** Longer than all retries of all stages together. */
const executionTimeout = Duration.days(2);

/** A settlement retries for most of a day, so that an operator can repair the provider first. */
const settlementRetry: RetryPolicy = {
  maxRetries: 60,
  intervalSeconds: 1,
  backoffRate: 2,
  maxDelaySeconds: 900,
};

/**
 * The state machine: one task per stage, in the order of the table, so that a happy order costs one transition per stage.
 * Technical failures are retried as the stage's row says. When the retries are exhausted the execution fails at that
 * state, so that a redrive resumes there. Orders that have to be undone and exhausted best-effort stages go to the
 * settlement.
 */
export class OrderWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  /** ARN to start executions with: that of an alias, or the state machine's own. */
  readonly startArn: string;

  constructor(scope: Construct, id: string, props: OrderWorkflowProps) {
    super(scope, id);

    const settle = this.settlement(
      'Settle order',
      props.settlement,
      'Compensates the completed stages of an order that cannot be completed.',
    );
    const plan = props.stages.map(({ stage }) => stage.name);
    // From the last stage to the first, so that each knows what comes after it.
    const first = props.stages.reduceRight<LambdaInvoke | undefined>((next, deployed) => {
      const { stage } = deployed;
      const task = stageTask(this, deployed, plan, stage.retry);
      task.addCatch(settle, { errors: endings, resultPath: '$.failure' });
      if (stage.bestEffort) {
        const comment = `Skips the stage ${stage.name}, whose retries are exhausted; the order continues without it.`;
        const skip = this.settlement(`Skip: ${stage.state}`, props.settlement, comment, {
          skip: stage.name,
          stages: plan,
        });
        task.addCatch(skip, { errors: [anyError], resultPath: '$.failure' });
        if (next) skip.next(next);
      }
      if (next) task.next(next);
      return task;
    }, undefined);
    if (!first) throw new Error('The stage table is empty: an order needs at least one stage.');

    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      comment: 'Processes an accepted order, one task per stage.',
      definitionBody: DefinitionBody.fromChainable(first),
      timeout: executionTimeout,
      logs: {
        destination: new Log(this, 'Log', {
          config: props.config,
          logGroupName: executionLogGroup(Stack.of(this)),
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
    this.startArn = props.releases?.startedGradually(this.stateMachine) ?? this.stateMachine.stateMachineArn;
    // The role's own policy allows the functions of the present template only. This permission stays as long as the
    // function: executions with an older definition call it too.
    const { roleArn } = this.stateMachine.role;
    for (const invoked of [...props.stages.map((deployed) => deployed.function), props.settlement]) {
      invoked.addPermission('Executions', { principal: new ArnPrincipal(roleArn) });
      acknowledgeWildcard(this.stateMachine, `${invoked.functionArn}:*`, 'The versions of a stage.');
    }
    acknowledge(
      this.stateMachine,
      'AwsSolutions-SF1',
      'A job records each of its steps, and failed events are logged. A log of every event would cost more than the work.',
    );
    acknowledgeWildcard(
      this.stateMachine,
      '*',
      'The log delivery and X-Ray actions support no resource types.',
    );
    if (!props.config.tracing)
      for (const rule of ['AwsSolutions-SF2', 'Serverless-StepFunctionStateMachineXray'])
        acknowledge(this.stateMachine, rule, 'The deployment chose no tracing (-c tracing).');
  }

  private settlement(
    id: string,
    lambdaFunction: IFunction,
    comment: string,
    input: { readonly skip?: string; readonly stages?: readonly string[] } = {},
  ): LambdaInvoke {
    const task = new LambdaInvoke(this, id, {
      lambdaFunction,
      comment,
      payload: TaskInput.fromObject({
        jobId: JsonPath.stringAt('$.jobId'),
        failure: JsonPath.objectAt('$.failure'),
        ...input,
      }),
      resultPath: JsonPath.DISCARD,
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(Duration.seconds(30)),
    });
    task.addRetry(retryProps(settlementRetry));
    return task;
  }
}

/**
 * Step Functions, as every service that CloudWatch calls vended logs, adds each group to a resource policy of at most 5,120
 * characters unless the group's name begins so. The end of the stack's id makes the name another one when a stack is
 * created again beside the retained log of the former.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export function executionLogGroup({ stackName, stackId }: Stack): string {
  const unique = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', stackId))));
  return `/aws/vendedlogs/states/${stackName}-${unique}`;
}
