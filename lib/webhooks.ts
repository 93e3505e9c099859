import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { maxAttempts } from '../domain/job/webhook.ts';
import type { Config } from './config.ts';
import { NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { apiUrlOf } from './public-urls.ts';
import { queueDefaults } from './queue-defaults.ts';

export interface WebhooksProps {
  readonly tables: OrderTables;
  readonly config: Pick<Config, 'logRetentionDays' | 'retainData' | 'publicUrl'>;
}

/** Number of receivers that one invocation calls in parallel. */
const batchSize = 10;

/** Ten seconds for the receivers, which are called in parallel, plus the reads before. */
const deliverTimeout = Duration.seconds(30);

/** Maximum number of concurrent invocations, so that slow receivers delay other webhooks and no other function. */
const deliverConcurrency = 20;

/**
 * Delivers webhooks to the `callbackUrl` of orders. Bookkeeping enqueues a message when a job ends, and the queue keeps it
 * until the receiver accepts the webhook or its retries, about a day of them, are exhausted.
 */
export class Webhooks extends Construct {
  /** The key that signs webhooks. */
  readonly secret: Secret;
  /** Webhooks that are due, as the ids of jobs that ended. */
  readonly due: Queue;
  /** Webhooks whose retries are exhausted. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { tables, config }: WebhooksProps) {
    super(scope, id);
    const { logRetentionDays } = config;

    this.secret = new Secret(this, 'SigningKey', {
      description: 'Signs webhooks. Receivers get whsec_ and the Base64 of this text.',
      // 48 of 62 characters hold 285 bits; Standard Webhooks requires keys of 24 to 64 bytes.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      // Receivers have the key too, so replacing it means telling all of them.
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.undelivered = new Queue(this, 'Undelivered', queueDefaults);
    this.due = new Queue(this, 'Due', {
      ...queueDefaults,
      // AWS recommends six times the function's timeout.
      visibilityTimeout: Duration.seconds(6 * deliverTimeout.toSeconds()),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: maxAttempts },
    });

    const deliver = new NodeFunction(this, 'Deliver', {
      entry: 'webhooks/deliver',
      description: 'Sends signed webhooks to the callback URLs of orders.',
      environment: {
        JOBS_TABLE: tables.jobs.tableName,
        ORDERS_TABLE: tables.orders.tableName,
        API_URL: apiUrlOf(config),
        WEBHOOK_QUEUE_URL: this.due.queueUrl,
        UNDELIVERED_QUEUE_URL: this.undelivered.queueUrl,
        WEBHOOK_SECRET_ARN: this.secret.secretArn,
      },
      logRetentionDays,
      timeout: deliverTimeout,
    });
    deliver.allow(['dynamodb:GetItem'], tables.jobs.tableArn, tables.orders.tableArn);
    deliver.allow(['secretsmanager:GetSecretValue'], this.secret.secretArn);
    deliver.allow(['sqs:SendMessage'], this.undelivered.queueArn);
    deliver.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      this.due.queueArn,
    );
    new EventSourceMapping(this, 'Deliveries', {
      target: deliver.function,
      eventSourceArn: this.due.queueArn,
      batchSize,
      maxConcurrency: deliverConcurrency,
      reportBatchItemFailures: true,
    }).node.addDependency(deliver.permissions);
  }
}
