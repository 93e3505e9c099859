import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  CustomState,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import type { Config } from './config.ts';
import { Log } from './log.ts';
import type { DeployedStage } from './order-stages.ts';
import { executionLogGroup, type OrderWorkflow } from './order-workflow.ts';
import { answerMarginSeconds, anyError, retryProps, stageTask } from './stage-task.ts';

export interface ExpressWorkflowProps {
  /** In the order in which they work on an order. */
  readonly stages: readonly DeployedStage[];
  /** Continues what does not end in an Express execution. */
  readonly workflow: OrderWorkflow;
  readonly config: Pick<Config, 'logRetentionDays' | 'retainData' | 'tracing'>;
}

/** Retries of a stage before a Standard execution goes on. Their pauses are the first of the stage's own. */
const shortRetries = 2;

/** Well below the five minutes that Step Functions allows. */
const executionTimeout = Duration.minutes(1);

/** Starting a Standard execution is tried for some seconds; then the sweep starts it. */
const handOverRetry = { maxRetries: 4, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 8 };

/**
 * The state machine that orders begin in: the stages of the table with short retries. Whatever an execution of it cannot
 * finish, it hands over to the Standard state machine, whose stages do nothing until they reach the due one.
 */
export class ExpressWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly log: Log;
  /** How long after a job's last change no Express execution works on it: its timeout, and that of a function it left. */
  readonly patience: Duration;

  constructor(scope: Construct, id: string, { stages, workflow, config }: ExpressWorkflowProps) {
    super(scope, id);
    const longestStage = Math.max(...stages.map(({ stage }) => stage.timeoutSeconds)) + answerMarginSeconds;
    this.patience = executionTimeout.plus(Duration.seconds(longestStage));

    const handOver = new CustomState(this, 'Continue in a Standard execution', {
      stateJson: {
        Type: 'Task',
        Comment: 'Starts the Standard execution of the job, which continues at the due stage.',
        Resource: `arn:${Aws.PARTITION}:states:::states:startExecution`,
        Parameters: {
          StateMachineArn: workflow.startArn,
          'Name.$': '$.jobId',
          Input: { 'jobId.$': '$.jobId' },
        },
        // The output is the input, as of every other state.
        ResultPath: null,
        End: true,
      },
    });
    const handedOver = new Succeed(this, 'Continued before', {
      comment: 'Another execution of the job handed it over, or the sweep did.',
    });
    const alreadyExists = 'StepFunctions.ExecutionAlreadyExistsException';
    handOver.addRetry({ errors: [alreadyExists], maxAttempts: 0 });
    handOver.addRetry(retryProps(handOverRetry));
    handOver.addCatch(handedOver, { errors: [alreadyExists] });

    const plan = stages.map(({ stage }) => stage.name);
    const tasks = stages.map((deployed) => {
      const { retry } = deployed.stage;
      const maxRetries = Math.min(retry.maxRetries, shortRetries);
      const task = stageTask(this, deployed, plan, { ...retry, maxRetries }, { express: true });
      task.addCatch(handOver, { errors: [anyError], resultPath: '$.failure' });
      return task;
    });
    for (const [index, task] of tasks.entries()) {
      const next = tasks[index + 1];
      if (next) task.next(next);
    }
    const [first] = tasks;
    if (!first) throw new Error('The stage table is empty: an order needs at least one stage.');

    this.log = new Log(this, 'Log', { config, logGroupName: `${executionLogGroup(Stack.of(this))}-express` });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.EXPRESS,
      comment: 'Processes the happy order, one task per stage; a Standard execution processes the others.',
      definitionBody: DefinitionBody.fromChainable(first),
      timeout: executionTimeout,
      logs: { destination: this.log, level: LogLevel.ERROR, includeExecutionData: false },
    });
    // IAM sees the ARN of the state machine, also of a start through its alias.
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [workflow.stateMachine.stateMachineArn],
      }),
    );
    const { roleArn } = this.stateMachine.role;
    for (const invoked of stages.map((deployed) => deployed.function)) {
      // Executions that run while the table changes call functions that have left the template.
      invoked.addPermission('ExpressExecutions', { principal: new ArnPrincipal(roleArn) });
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
    if (!config.tracing)
      for (const rule of ['AwsSolutions-SF2', 'Serverless-StepFunctionStateMachineXray'])
        acknowledge(this.stateMachine, rule, 'The deployment chose no tracing (-c tracing).');
  }
}
