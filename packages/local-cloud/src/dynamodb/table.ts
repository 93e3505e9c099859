import type { Created, Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import type { DeclaredTable, TableDescription, TableInput } from './table-description.ts';

const indexProperties = ['IndexName', 'KeySchema', 'Projection', 'ProvisionedThroughput'];
const defaultRecoveryDays = 35;

/** The properties that are honoured. */
interface Properties extends Omit<TableInput, 'TableName' | 'SSESpecification' | 'StreamSpecification'> {
  readonly TableName?: string;
  readonly TableClass?: string;
  readonly SSESpecification?: { readonly SSEEnabled: boolean };
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly TimeToLiveSpecification?: { readonly Enabled: boolean; readonly AttributeName?: string };
  readonly PointInTimeRecoverySpecification?: {
    readonly PointInTimeRecoveryEnabled?: boolean;
    readonly RecoveryPeriodInDays?: number;
  };
}

/**
 * A DynamoDB table. `Ref` is its name. A table that the data folder has already is kept, with the settings of the
 * template.
 * @param declare Creates or changes a table.
 */
export function table(declare: (table: DeclaredTable) => Promise<TableDescription>): ResourceKind {
  return {
    type: 'AWS::DynamoDB::Table',
    honoured: [
      ...['TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode', 'ProvisionedThroughput'],
      ...indexProperties.map((name) => `GlobalSecondaryIndexes.${name}`),
      ...['TableClass', 'DeletionProtectionEnabled', 'TimeToLiveSpecification'],
      ...['StreamSpecification.StreamViewType', 'SSESpecification.SSEEnabled', 'SSESpecification.SSEType'],
      'PointInTimeRecoverySpecification',
    ],
    harmless: ['Tags', 'ContributorInsightsSpecification'],
    create: async (resource) => created(await declare(declared(resource))),
  };
}

function declared({ path, logicalId, properties }: Resource): DeclaredTable {
  const {
    TableName = logicalId,
    TableClass = 'STANDARD',
    SSESpecification,
    StreamSpecification,
    TimeToLiveSpecification: ttl,
    PointInTimeRecoverySpecification: recovery,
    ...rest
  } = properties as unknown as Properties;
  if (TableClass !== 'STANDARD') {
    throw new Error(`${path}: TableClass is ${TableClass}, but only STANDARD is supported`);
  }
  const { Tags, ContributorInsightsSpecification, ...input } = rest as typeof rest & Record<string, unknown>;
  return {
    input: {
      ...input,
      TableName,
      ...(SSESpecification && { SSESpecification: { Enabled: SSESpecification.SSEEnabled } }),
      ...(StreamSpecification && { StreamSpecification: { ...StreamSpecification, StreamEnabled: true } }),
    },
    ...(ttl?.Enabled && ttl.AttributeName && { ttl: ttl.AttributeName }),
    ...(recovery?.PointInTimeRecoveryEnabled && {
      recoveryDays: recovery.RecoveryPeriodInDays ?? defaultRecoveryDays,
    }),
  };
}

function created({ TableName, TableId, LatestStreamArn }: TableDescription): Created {
  return {
    ref: TableName,
    attributes: {
      // Policies name tables by this ARN, whatever an outside endpoint calls them.
      Arn: `arn:aws:dynamodb:${region}:${account}:table/${TableName}`,
      TableId: TableId ?? TableName,
      ...(LatestStreamArn && { StreamArn: LatestStreamArn }),
    },
  };
}
