import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import {
  Policy,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName, VariablesOf } from '../lambdas/runtime/environment.ts';
import { bundleOf } from './bundles.ts';
import type { Config } from './config.ts';

/** A function and the variables of its schema. */
export type FunctionEntry<Names extends FunctionName = FunctionName> = {
  readonly [Name in Names]: {
    /** Path of the function's file below `lambdas/`, without its ending: `api/accept`. */
    readonly entry: Name;
    readonly environment: VariablesOf<Name>;
  };
}[Names];

export interface FunctionSettings {
  /** What it does, for the console. */
  readonly description: string;
  readonly logRetentionDays: Config['logRetentionDays'];
  /** Timeout. @default {@link answerTimeout} */
  readonly timeout?: Duration;
  /** In MiB; it also sets the share of a CPU. @default 512, a third of a CPU: the cheapest size with a fast start */
  readonly memorySize?: number;
  /** Number of invocations at the same time, set aside for the function and its limit. @default the account's limit */
  readonly reservedConcurrency?: number | undefined;
}

/** Actions on resources, under IAM conditions. */
export type Permission = Pick<PolicyStatementProps, 'actions' | 'resources' | 'conditions'>;

/**
 * Timeout of a function that a caller waits for: four calls in sequence of at most 3.2 s each, and the second for which
 * accept waits for the execution to start. API Gateway's own limit is 30 s.
 */
export const answerTimeout = Duration.seconds(15);

/** A function with its bundle, a role of its own that may only write the function's log, and a log with a retention. */
export class NodeFunction extends Construct {
  readonly function: LambdaFunction;
  /** What the function may do. */
  readonly permissions: Policy;

  constructor(scope: Construct, id: string, props: FunctionEntry & FunctionSettings) {
    super(scope, id);

    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.permissions = new Policy(this, 'Permissions', { roles: [role] });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);

    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOf(props.entry)),
      handler: 'index.handler',
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      timeout: props.timeout ?? answerTimeout,
      memorySize: props.memorySize ?? 512,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      environment: props.environment,
    });
    this.function.node.addDependency(this.permissions);
  }

  /** Grants permission to start executions of a state machine. */
  startExecutions({ stateMachineArn }: StateMachine): void {
    this.allow(['states:StartExecution'], stateMachineArn);
  }

  /** Grants permission to describe a state machine's executions. */
  describeExecutions(stateMachine: StateMachine): void {
    this.allow(['states:DescribeExecution'], executionsOf(stateMachine));
  }

  /** Grants permission to read the event history of a state machine's executions. */
  readExecutionHistory(stateMachine: StateMachine): void {
    this.allow(['states:GetExecutionHistory'], executionsOf(stateMachine));
  }

  /** Grants permission to redrive a state machine's executions. */
  redriveExecutions(stateMachine: StateMachine): void {
    this.allow(['states:RedriveExecution'], executionsOf(stateMachine));
  }

  /**
   * Grants the permissions that an event source mapping needs to read a table's stream.
   *
   * @returns the stream's ARN
   */
  readStream(table: Table): string {
    const { tableStreamArn } = table;
    if (tableStreamArn === undefined) throw new Error(`The table ${table.node.path} has no stream.`);
    this.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      tableStreamArn,
    );
    // ListStreams has no resource type (Service Authorization Reference, DynamoDB).
    this.allow(['dynamodb:ListStreams'], '*');
    return tableStreamArn;
  }

  /** Grants these actions on these resources. */
  allow(actions: string[], ...resources: string[]): void {
    this.grant([{ actions, resources }]);
  }

  /** Grants these permissions. */
  grant(permissions: readonly Permission[]): void {
    this.permissions.addStatements(...permissions.map((permission) => new PolicyStatement(permission)));
  }
}

/** The ARN pattern of a state machine's executions. */
const executionsOf = (stateMachine: StateMachine): string =>
  Stack.of(stateMachine).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
