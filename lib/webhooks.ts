import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Config } from './config.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { type FunctionConfig, NodeFunction } from './node-function.ts';
import type { OrderTables } from './order-tables.ts';
import { apiUrlOf } from './public-urls.ts';
import { queueDefaults } from './queue-defaults.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface WebhooksProps {
  readonly tables: OrderTables;
  readonly config: FunctionConfig &
    Pick<Config, 'webhookPorts' | 'publicUrl' | 'domains' | 'web' | 'webAclArn'>;
}

/** Number of receivers that one invocation calls in parallel. */
const batchSize = 100;

/** Up to 15 seconds for the receivers, which are called in parallel, and time for the calls before and after. */
const deliverTimeout = Duration.seconds(45);

/** Receives of a message before it is given up. It is received again only if the function crashed or a queue failed. */
const maxReceiveCount = 100;

/**
 * Maximum numbers of concurrent invocations, by kind of attempt: room for 2,000 first attempts and 1,000 retries at a time.
 * With capacities of their own, retries never delay a first attempt.
 */
const concurrency = { first: 20, retries: 10 };

/**
 * Delivers webhooks to the `callbackUrl` of orders. Bookkeeping enqueues a message when a job ends. A webhook that failed
 * waits as a delayed message in a second queue until its receiver accepts it or its retries, about a day of them, are
 * exhausted.
 */
export class Webhooks extends Construct {
  /** The secret from which the owners' signing keys are derived. */
  readonly secret: Secret;
  /** Webhooks that are due for the first time, as the ids of jobs that ended. */
  readonly due: Queue;
  /** Webhooks whose retries are exhausted. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { tables, config }: WebhooksProps) {
    super(scope, id);
    this.secret = new Secret(this, 'SigningKey', {
      description: "The owners' keys that sign webhooks are derived from this text.",
      // 48 of 62 characters hold 285 bits.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      // Receivers have keys derived from it, so replacing it means telling all of them.
      removalPolicy: removalPolicyOf(config),
    });
    acknowledge(
      this.secret,
      'AwsSolutions-SMG4',
      'Receivers hold keys derived from it, so an operator replaces it when all of them are told (docs/webhooks.md).',
    );
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', config);
    const queueProps = {
      ...queueDefaults,
      // AWS recommends six times the function's timeout.
      visibilityTimeout: Duration.seconds(6 * deliverTimeout.toSeconds()),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount },
    };
    this.due = new Queue(this, 'Due', queueProps);
    const retries = new Queue(this, 'Retries', queueProps);

    const deliver = new NodeFunction(this, 'Deliver', {
      entry: 'webhooks/deliver',
      description: 'Sends signed webhooks to the callback URLs of orders.',
      environment: {
        JOBS_TABLE: tables.jobs.tableName,
        ORDERS_TABLE: tables.orders.tableName,
        API_URL: apiUrlOf(config),
        RETRY_QUEUE_URL: retries.queueUrl,
        DEAD_LETTER_QUEUE_URL: this.undelivered.queueUrl,
        WEBHOOK_SECRET_ARN: this.secret.secretArn,
        WEBHOOK_PORTS: config.webhookPorts.join(','),
      },
      config,
      timeout: deliverTimeout,
      // More memory brings more CPU, which a hundred TLS handshakes at a time need.
      memorySize: 1024,
    });
    deliver.allow(['dynamodb:GetItem'], tables.jobs.tableArn, tables.orders.tableArn);
    deliver.allow(['secretsmanager:GetSecretValue'], this.secret.secretArn);
    deliver.allow(['sqs:SendMessage'], retries.queueArn, this.undelivered.queueArn);
    deliver.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      this.due.queueArn,
      retries.queueArn,
    );
    const feed = (name: string, queue: Queue, maxConcurrency: number) => {
      const mapping = new EventSourceMapping(this, name, {
        target: deliver.function,
        eventSourceArn: queue.queueArn,
        batchSize,
        // Batches of more than ten messages need a window.
        maxBatchingWindow: Duration.seconds(1),
        maxConcurrency,
        reportBatchItemFailures: true,
      });
      mapping.node.addDependency(deliver.permissions);
      acknowledge(
        mapping,
        'Serverless-LambdaEventSourceMappingDestination',
        'SQS mappings have no destination; the queue has dead letters.',
      );
    };
    feed('Deliveries', this.due, concurrency.first);
    feed('Redeliveries', retries, concurrency.retries);
  }
}
