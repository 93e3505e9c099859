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
import { jobAttributes } from '../domain/job.ts';

export interface OrderTablesProps {
  /** Whether job records outlive the stack; orders always do. */
  readonly retainData: boolean;
  /** Whether payments go to the sandbox, which keeps a ledger. */
  readonly sandbox: boolean;
}

/** Index of the jobs table: an owner's jobs by age, for jobs' ids sort by time. */
export const jobsByOwner = 'jobs-by-owner';

/** The tables: jobs with their stream, orders, and the sandbox's ledger. */
export class OrderTables extends Construct {
  readonly jobs: Table;
  readonly orders: Table;
  readonly ledger: Table | undefined;

  constructor(scope: Construct, id: string, props: OrderTablesProps) {
    super(scope, id);
    const ours = props.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    this.jobs = new Table(this, 'Jobs', {
      partitionKey: { name: 'jobId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
      removalPolicy: ours,
    });
    this.jobs.addGlobalSecondaryIndex({
      indexName: jobsByOwner,
      partitionKey: { name: 'owner', type: AttributeType.STRING },
      sortKey: { name: 'jobId', type: AttributeType.STRING },
      // What the status document is made of, and no more: bookkeeping on the item costs no write of the index.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: jobAttributes.filter((name) => name !== 'jobId' && name !== 'owner'),
    });

    this.orders = new Table(this, 'Orders', {
      partitionKey: { name: 'orderId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.RETAIN,
    });

    this.ledger = props.sandbox
      ? new Table(this, 'Ledger', {
          partitionKey: { name: 'entry', type: AttributeType.STRING },
          billingMode: BillingMode.PAY_PER_REQUEST,
          encryption: TableEncryption.AWS_MANAGED,
          removalPolicy: ours,
        })
      : undefined;
  }

  /** ARN of the index of an owner's jobs. */
  get jobsByOwnerArn(): string {
    return `${this.jobs.tableArn}/index/${jobsByOwner}`;
  }
}
