import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Config } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface OrderTablesProps {
  readonly config: Pick<Config, 'retainData'>;
}

/** Index of the jobs table: an owner's jobs by age, because job ids sort by time. */
export const jobsByOwner = 'jobs-of-owner';

/** Index of the jobs table: jobs that have not ended for good, by the time from which the sweep looks at them. */
export const openJobs = 'open-jobs';

/** Index of the orders table: orders by the digest of their e-mail address, by age. */
export const ordersByEmail = 'orders-by-email';

/** Index of the orders table: orders that have a reference, by its digest, by age. */
export const ordersByReference = 'orders-by-reference';

/** The tables: jobs with their stream, orders, idempotency keys, statistics, and the ledger of payments. */
export class OrderTables extends Construct {
  readonly jobs: Table;
  readonly orders: Table;
  readonly idempotencyKeys: Table;
  /** Learned durations of the stages. */
  readonly statistics: Table;
  /** Charges and refunds, by their key. */
  readonly ledger: Table;

  constructor(scope: Construct, id: string, { config }: OrderTablesProps) {
    super(scope, id);
    const defaults = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: config.retainData },
      deletionProtection: config.retainData,
      removalPolicy: removalPolicyOf(config),
    };

    this.jobs = new Table(this, 'Jobs', {
      ...defaults,
      partitionKey: { name: 'jobId', type: AttributeType.STRING },
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
    });
    this.jobs.addGlobalSecondaryIndex({
      indexName: jobsByOwner,
      partitionKey: { name: 'owner', type: AttributeType.STRING },
      sortKey: { name: 'jobId', type: AttributeType.STRING },
      // A job's keys never change, so the index takes one write of each job, however often the job changes.
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.jobs.addGlobalSecondaryIndex({
      indexName: openJobs,
      // Present only until a job has ended for good, so that the index contains nothing else.
      partitionKey: { name: 'open', type: AttributeType.STRING },
      sortKey: { name: 'sweepFrom', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.idempotencyKeys = new Table(this, 'IdempotencyKeys', {
      ...defaults,
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
    });
    this.statistics = new Table(this, 'Statistics', {
      ...defaults,
      partitionKey: { name: 'name', type: AttributeType.STRING },
    });

    this.orders = new Table(this, 'Orders', {
      ...defaults,
      partitionKey: { name: 'orderId', type: AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });

    // Both have the keys only, so that an order costs one write of each, and none when it changes.
    for (const [indexName, name] of [
      [ordersByEmail, 'emailDigest'],
      [ordersByReference, 'referenceDigest'],
    ] as const) {
      this.orders.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name, type: AttributeType.STRING },
        sortKey: { name: 'orderId', type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }

    this.ledger = new Table(this, 'Ledger', {
      ...defaults,
      partitionKey: { name: 'entry', type: AttributeType.STRING },
    });
    if (!config.retainData)
      for (const table of [this.jobs, this.idempotencyKeys, this.statistics, this.ledger])
        acknowledge(table, 'AwsSolutions-DDB3', 'Data of a development deployment goes with its stack.');
  }

  /** ARN of the index of open jobs. */
  get openJobsArn(): string {
    return `${this.jobs.tableArn}/index/${openJobs}`;
  }

  /** ARNs of the indexes by which orders are found. */
  get orderSearchArns(): string[] {
    return [ordersByEmail, ordersByReference].map((index) => `${this.orders.tableArn}/index/${index}`);
  }

  /** ARN of the index of an owner's jobs. */
  get jobsByOwnerArn(): string {
    return `${this.jobs.tableArn}/index/${jobsByOwner}`;
  }
}
