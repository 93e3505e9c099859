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
import { jobAttributes } from '../domain/job/job.ts';

export interface OrderTablesProps {
  /** Whether job records outlive the stack; orders always do. */
  readonly retainData: boolean;
}

/** Index of the jobs table: an owner's jobs by age, because job ids sort by time. */
export const jobsByOwner = 'jobs-by-owner';

/** Index of the jobs table: jobs that have not ended for good, by the time from which the sweep looks at them. */
export const openJobs = 'open-jobs';

/** The tables: jobs with their stream, orders, idempotency keys, statistics, and the ledger of payments. */
export class OrderTables extends Construct {
  readonly jobs: Table;
  readonly orders: Table;
  readonly idempotencyKeys: Table;
  /** Learned durations of the stages. */
  readonly statistics: Table;
  /** Charges and refunds, by their key. */
  readonly ledger: Table;

  constructor(scope: Construct, id: string, props: OrderTablesProps) {
    super(scope, id);
    const removalPolicy = props.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    this.jobs = new Table(this, 'Jobs', {
      partitionKey: { name: 'jobId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
      removalPolicy,
    });
    this.jobs.addGlobalSecondaryIndex({
      indexName: jobsByOwner,
      partitionKey: { name: 'owner', type: AttributeType.STRING },
      sortKey: { name: 'jobId', type: AttributeType.STRING },
      // Only what the status document needs, so that changes of other attributes do not write to the index.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: jobAttributes.filter((name) => name !== 'jobId' && name !== 'owner'),
    });

    this.jobs.addGlobalSecondaryIndex({
      indexName: openJobs,
      // Present only until a job has ended for good, so that the index contains nothing else.
      partitionKey: { name: 'open', type: AttributeType.STRING },
      sortKey: { name: 'sweepFrom', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });

    const defaults = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      removalPolicy,
    };
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
      partitionKey: { name: 'orderId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.RETAIN,
    });

    this.ledger = new Table(this, 'Ledger', {
      ...defaults,
      partitionKey: { name: 'entry', type: AttributeType.STRING },
    });
  }

  /** ARN of the index of open jobs. */
  get openJobsArn(): string {
    return `${this.jobs.tableArn}/index/${openJobs}`;
  }

  /** ARN of the index of an owner's jobs. */
  get jobsByOwnerArn(): string {
    return `${this.jobs.tableArn}/index/${jobsByOwner}`;
  }
}
