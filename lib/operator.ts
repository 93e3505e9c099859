import { Duration, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ExpressWorkflow } from './express-workflow.ts';
import { type FunctionConfig, NodeFunction } from './node-function.ts';
import { jobsByOwner, type OrderTables, openJobs, ordersByEmail, ordersByReference } from './order-tables.ts';
import type { OrderWorkflow } from './order-workflow.ts';

export interface OperatorProps {
  readonly tables: OrderTables;
  readonly workflow: OrderWorkflow;
  /** What orders begin in. @default the workflow */
  readonly express: ExpressWorkflow | undefined;
  /** Webhooks that are due. */
  readonly dueWebhooks: Queue;
  readonly deadLetters: {
    readonly webhooks: Queue;
    readonly changes: Queue;
    readonly pushes: Queue;
  };
  readonly config: FunctionConfig;
}

/**
 * The function behind `npm run ops`, and the policy that lets people use it. Nothing else in the stack may invoke it.
 * Create it last: it reads the logs of the functions that the stack has by then.
 */
export class Operator extends Construct {
  readonly functionName: string;
  /** Attach it to whoever operates the stack. */
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: OperatorProps) {
    super(scope, id);
    const { tables, workflow, express, dueWebhooks, deadLetters, config } = props;
    const { jobs, orders } = tables;
    const { stateMachine, startArn } = workflow;
    const stack = Stack.of(this);
    const functionLogs = stack.node
      .findAll()
      .flatMap((construct) => (construct instanceof NodeFunction ? construct.logGroup : []));
    // Step Functions keeps no history of Express executions.
    const logs = [...functionLogs, ...(express ? [express.log] : [])];

    const operate = new NodeFunction(this, 'Operate', {
      entry: 'operator/operate',
      description: 'Finds, explains, cancels and redrives jobs for operators; npm run ops invokes it.',
      // A name that the command line tool derives from the stack's.
      functionName: `${stack.stackName}-operator`,
      environment: {
        JOBS_TABLE: jobs.tableName,
        JOBS_BY_OWNER_INDEX: jobsByOwner,
        OPEN_JOBS_INDEX: openJobs,
        ORDERS_TABLE: orders.tableName,
        ORDERS_BY_EMAIL_INDEX: ordersByEmail,
        ORDERS_BY_REFERENCE_INDEX: ordersByReference,
        STATE_MACHINE_ARN: startArn,
        EXPRESS_STATE_MACHINE_ARN: express?.stateMachine.stateMachineArn ?? '',
        WEBHOOK_QUEUE_URL: dueWebhooks.queueUrl,
        UNDELIVERED_QUEUE_URL: deadLetters.webhooks.queueUrl,
        UNPROCESSED_QUEUE_URL: deadLetters.changes.queueUrl,
        UNPUSHED_QUEUE_URL: deadLetters.pushes.queueUrl,
        LOG_GROUPS: logs.map(({ logGroupName }) => logGroupName).join(','),
      },
      config,
      timeout: Duration.minutes(1),
    });
    operate.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], jobs.tableArn, orders.tableArn);
    operate.allow(['dynamodb:BatchGetItem'], jobs.tableArn);
    operate.allow(['dynamodb:Query'], tables.jobsByOwnerArn, tables.openJobsArn, ...tables.orderSearchArns);
    operate.startExecutions(stateMachine);
    operate.redriveExecutions(stateMachine);
    operate.describeExecutions(stateMachine);
    operate.readExecutionHistory(stateMachine);
    operate.grant([
      {
        actions: ['logs:FilterLogEvents'],
        resources: logs.map(({ logGroupArn }) => logGroupArn),
        wildcards: 'The streams of the logs of this stack.',
      },
    ]);
    operate.allow(
      ['sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'],
      ...Object.values(deadLetters).map(({ queueArn }) => queueArn),
    );
    operate.allow(['sqs:StartMessageMoveTask', 'sqs:DeleteMessage'], deadLetters.webhooks.queueArn);
    operate.allow(['sqs:GetQueueAttributes', 'sqs:SendMessage'], dueWebhooks.queueArn);

    this.functionName = operate.function.functionName;
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: `Lets operators of ${stack.stackName} use npm run ops.`,
      statements: [
        new PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: [operate.function.functionArn],
        }),
      ],
    });
  }
}
