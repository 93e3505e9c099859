import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
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
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName, VariablesOf } from '../lambdas/runtime/environment.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import { bundleOf } from './bundles.ts';
import type { Config } from './config.ts';
import { Log } from './log.ts';

/** A function and the variables of its schema. */
export type FunctionEntry<Names extends FunctionName = FunctionName> = {
  readonly [Name in Names]: {
    /** Path of the function's file below `lambdas/`, without its ending: `api/accept`. */
    readonly entry: Name;
    readonly environment: VariablesOf<Name>;
  };
}[Names];

/** What every function needs of the configuration. */
export type FunctionConfig = Pick<
  Config,
  'logRetentionDays' | 'retainData' | 'concurrency' | 'sourceMaps' | 'tracing'
>;

export interface FunctionSettings {
  /** What it does, for the console. */
  readonly description: string;
  readonly config: FunctionConfig;
  /** @default a name that CloudFormation makes */
  readonly functionName?: string;
  /** Timeout. @default {@link answerTimeout} */
  readonly timeout?: Duration;
  /** In MiB; it also sets the share of a CPU. @default 512, a third of a CPU: the cheapest size with a fast start */
  readonly memorySize?: number;
  /** Why an event may be lost after Lambda's own retries. @default nothing invokes it asynchronously */
  readonly withoutDeadLetters?: string;
}

/** Actions on resources, under IAM conditions. */
export interface Permission extends Pick<PolicyStatementProps, 'actions' | 'conditions'> {
  readonly resources: string[];
  /** Why resources have wildcards; without it they may have none. */
  readonly wildcards?: string;
}

/**
 * Timeout of a function that a caller waits for: four calls in sequence of at most 3.2 s each, and the second for which
 * accept waits for the execution to start. API Gateway's own limit is 30 s.
 */
export const answerTimeout = Duration.seconds(15);

/** A function with its bundle, a role of its own that may only write the function's log, and a log with a retention. */
export class NodeFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: Log;
  /** Path of its file below `lambdas/`, without its ending. */
  readonly entry: FunctionName;
  /** What the function may do. */
  readonly permissions: Policy;

  constructor(scope: Construct, id: string, props: FunctionEntry & FunctionSettings) {
    super(scope, id);
    this.entry = props.entry;

    const { config } = props;
    this.logGroup = new Log(this, 'Log', { config });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.permissions = new Policy(this, 'Permissions', { roles: [role] });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn);

    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      ...(props.functionName !== undefined && { functionName: props.functionName }),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOf(props.entry), config.sourceMaps ? {} : { exclude: ['*.map'] }),
      handler: 'index.handler',
      role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      timeout: props.timeout ?? answerTimeout,
      memorySize: props.memorySize ?? 512,
      ...reservedConcurrencyOf(props.entry, config),
      environment: {
        ...props.environment,
        // Powertools reads it. Stacks of one account do not share metrics.
        POWERTOOLS_METRICS_NAMESPACE: Stack.of(this).stackName,
        ...(config.sourceMaps && { NODE_OPTIONS: '--enable-source-maps' }),
      },
    });
    this.function.node.addDependency(this.permissions);
    acknowledge(
      this.function,
      'Serverless-LambdaDLQ',
      props.withoutDeadLetters ??
        'Lambda has dead letters for asynchronous invocations only, and nothing invokes the function asynchronously.',
    );
    if (!config.tracing)
      acknowledge(this.function, 'Serverless-LambdaTracing', 'The deployment chose no tracing (-c tracing).');
  }

  /** Lets X-Ray trace the function. */
  trace(): void {
    const { node } = this.function;
    (node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
    const actions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
    this.grant([
      { actions, resources: ['*'], wildcards: 'These actions of X-Ray support no resource types.' },
    ]);
  }

  /**
   * Grants permission to start executions of a state machine, also through an alias: IAM sees the ARN of the state machine.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
   */
  startExecutions({ stateMachineArn }: StateMachine): void {
    this.allow(['states:StartExecution'], stateMachineArn);
  }

  /** Grants permission to describe a state machine's executions. */
  describeExecutions(stateMachine: StateMachine): void {
    this.allowOnExecutions('states:DescribeExecution', stateMachine);
  }

  /** Grants permission to read the event history of a state machine's executions. */
  readExecutionHistory(stateMachine: StateMachine): void {
    this.allowOnExecutions('states:GetExecutionHistory', stateMachine);
  }

  /** Grants permission to redrive a state machine's executions. */
  redriveExecutions(stateMachine: StateMachine): void {
    this.allowOnExecutions('states:RedriveExecution', stateMachine);
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
    // Service Authorization Reference, DynamoDB.
    const wildcards = 'ListStreams supports no resource types.';
    this.grant([{ actions: ['dynamodb:ListStreams'], resources: ['*'], wildcards }]);
    return tableStreamArn;
  }

  /** Grants these actions on these resources. */
  allow(actions: string[], ...resources: string[]): void {
    this.grant([{ actions, resources }]);
  }

  /** Grants these permissions. @throws Error when a resource has a wildcard without a reason */
  grant(permissions: readonly Permission[]): void {
    for (const { wildcards, ...permission } of permissions) {
      this.permissions.addStatements(new PolicyStatement(permission));
      for (const resource of permission.resources.filter((each) => each.includes('*'))) {
        if (wildcards === undefined)
          throw new Error(`Say why ${this.node.path} needs a wildcard: ${resource}`);
        acknowledgeWildcard(this.permissions, resource, wildcards);
      }
    }
  }

  private allowOnExecutions(action: string, stateMachine: StateMachine): void {
    const wildcards = 'The executions of one state machine, whose names are the ids of jobs.';
    this.grant([{ actions: [action], resources: [executionsOf(stateMachine)], wildcards }]);
  }
}

function reservedConcurrencyOf(entry: FunctionName, { concurrency }: FunctionConfig) {
  const limits: { readonly [Name in FunctionName]?: number | undefined } = concurrency;
  const { [entry]: limit } = limits;
  return limit === undefined ? {} : { reservedConcurrentExecutions: limit };
}

/** The ARN pattern of a state machine's executions. */
const executionsOf = (stateMachine: StateMachine): string =>
  Stack.of(stateMachine).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
