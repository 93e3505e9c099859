import path from 'node:path';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName, VariablesOf } from '../lambdas/runtime/environment.ts';
import { bundleFunctions } from './bundles.ts';

export interface NodeFunctionProps<Name extends FunctionName> {
  /** File of the function below `lambdas/`, without its ending: `api/accept`. */
  readonly entry: string;
  /** What it does, for the console. */
  readonly description: string;
  /** Exactly the variables that the function's schema asks for. */
  readonly environment: VariablesOf<Name>;
  readonly logRetentionDays: number;
  /** Longest run. @default {@link answerTimeout} */
  readonly timeout?: Duration;
  /** In MiB; also decides the share of a CPU. @default 512, a third of a CPU: the cheapest at which start-up is not felt */
  readonly memorySize?: number;
}

/**
 * Longest run of a function that a caller waits for: four calls one after the other, each at its limit of 3.2 s, and the
 * second that an accepted order waits for its start. API Gateway would wait for 30 s.
 */
export const answerTimeout = Duration.seconds(15);

/** A function: its bundle, its own role that may write its own log and nothing else, and its log with an end. */
export class NodeFunction<Name extends FunctionName> extends Construct {
  readonly function: LambdaFunction;
  /** What the function may do. */
  readonly permissions: Policy;

  constructor(scope: Construct, id: string, props: NodeFunctionProps<Name>) {
    super(scope, id);

    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.permissions = new Policy(this, 'Permissions', { roles: [role] });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);

    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(path.join(bundleFunctions(), props.entry)),
      handler: 'index.handler',
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      timeout: props.timeout ?? answerTimeout,
      memorySize: props.memorySize ?? 512,
      environment: withoutUndefined(props.environment),
    });
    this.function.node.addDependency(this.permissions);
  }

  /** Allows to start executions of a state machine. */
  startExecutions({ stateMachineArn }: StateMachine): void {
    this.allow(['states:StartExecution'], stateMachineArn);
  }

  /** Allows to ask what became of a state machine's executions. */
  describeExecutions(stateMachine: StateMachine): void {
    this.allow(['states:DescribeExecution'], executionsOf(stateMachine));
  }

  /** Allows to redrive a state machine's executions. */
  redriveExecutions(stateMachine: StateMachine): void {
    this.allow(['states:RedriveExecution'], executionsOf(stateMachine));
  }

  /**
   * Allows what an event source mapping needs to read a table's stream.
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
    // Knows no resource (Service Authorization Reference, DynamoDB).
    this.allow(['dynamodb:ListStreams'], '*');
    return tableStreamArn;
  }

  /** Allows exactly these actions on exactly these resources. */
  allow(actions: string[], ...resources: string[]): void {
    this.allowIf({}, actions, ...resources);
  }

  /** Allows these actions on these resources under conditions, as IAM writes them. */
  allowIf(conditions: Record<string, object>, actions: string[], ...resources: string[]): void {
    this.permissions.addStatements(
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions }),
    );
  }
}

/** Executions are resources of their own, named after their state machine. */
const executionsOf = (stateMachine: StateMachine): string =>
  Stack.of(stateMachine).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

const withoutUndefined = (variables: object): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
