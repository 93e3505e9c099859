import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { maxAttempts } from '../domain/job/webhook.ts';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { queueDefaults } from './queue-defaults.ts';

export interface CallbacksProps {
  readonly tables: OrderTables;
  readonly config: Pick<Config, 'logRetentionDays' | 'retainData'>;
}

/** Receivers that one run calls, side by side. */
const batchSize = 10;

/** Longest run: ten seconds for the receivers, who are called side by side, and the reads before. */
const webhooksTimeout = Duration.seconds(30);

/** Runs at a time: slow receivers hold up others, but never the account's other functions. */
const webhooksConcurrency = 20;

/**
 * Calls back whoever gave a `callbackUrl`, beside the order's way: the bookkeeping queues ends, and the queue keeps
 * them until the receiver has taken them or has failed to for a day.
 */
export class Callbacks extends Construct {
  /** What webhooks are signed with. */
  readonly secret: Secret;
  /** Callbacks that no receiver took. */
  readonly undelivered: Queue;
  /** Callbacks on their way: ids of jobs that ended. */
  readonly due: Queue;

  constructor(scope: Construct, id: string, { tables, config }: CallbacksProps) {
    super(scope, id);
    const { logRetentionDays } = config;

    this.secret = new Secret(this, 'SigningKey', {
      description: 'The key that webhooks are signed with; receivers get whsec_ and the Base64 of it.',
      // 48 of 62 characters hold 285 bits; Standard Webhooks wants keys of 24 to 64 bytes.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      // Receivers hold it too: a new one would have to reach them all.
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.undelivered = new Queue(this, 'Undelivered', queueDefaults);
    this.due = new Queue(this, 'Due', {
      ...queueDefaults,
      // What AWS advises for queues that feed a function: six times its timeout.
      visibilityTimeout: Duration.seconds(6 * webhooksTimeout.toSeconds()),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: maxAttempts },
    });

    const webhooks = new NodeFunction<'webhooks'>(this, 'Webhooks', {
      entry: 'webhooks/deliver',
      description: 'Sends a signed webhook to whoever asked for it.',
      environment: {
        JOBS_TABLE: tables.jobs.tableName,
        ORDERS_TABLE: tables.orders.tableName,
        CALLBACK_QUEUE_URL: this.due.queueUrl,
        UNDELIVERED_QUEUE_URL: this.undelivered.queueUrl,
        WEBHOOK_SECRET_ARN: this.secret.secretArn,
      },
      logRetentionDays,
      timeout: webhooksTimeout,
    });
    webhooks.allow(['dynamodb:GetItem'], tables.jobs.tableArn, tables.orders.tableArn);
    webhooks.allow(['secretsmanager:GetSecretValue'], this.secret.secretArn);
    webhooks.allow(['sqs:SendMessage'], this.undelivered.queueArn);
    webhooks.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      this.due.queueArn,
    );
    new EventSourceMapping(this, 'Deliveries', {
      target: webhooks.function,
      eventSourceArn: this.due.queueArn,
      batchSize,
      maxConcurrency: webhooksConcurrency,
      reportBatchItemFailures: true,
    }).node.addDependency(webhooks.permissions);
  }
}
