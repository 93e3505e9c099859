import type { Resource, ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import type { DeclaredTable, TableDescription } from './table-description.ts';

const indexProperties = ['IndexName', 'KeySchema', 'Projection', 'ProvisionedThroughput'];
const defaultRecoveryDays = 35;

/**
 * A DynamoDB table. `Ref` is its name. A table that the data folder has already is kept, with the settings of the
 * template.
 * @param declare Creates or changes a table.
 * @param drop Deletes a table that has left the template.
 */
export function table(
  declare: (table: DeclaredTable) => Promise<TableDescription>,
  drop: ResourceKind['delete'] = () => {},
): ResourceKind {
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
    delete: drop,
    async create(resource) {
      const { TableName, TableId, LatestStreamArn } = await declare(declared(resource));
      // Policies name tables by this ARN, whatever an outside endpoint calls them.
      const Arn = `arn:aws:dynamodb:${region}:${account}:table/${TableName}`;
      const StreamArn = LatestStreamArn && { StreamArn: LatestStreamArn };
      return { ref: TableName, attributes: { Arn, TableId: TableId ?? TableName, ...StreamArn } };
    },
  };
}

function declared({ path, logicalId, properties }: Resource): DeclaredTable {
  const {
    TableName = logicalId,
    TableClass = 'STANDARD',
    SSESpecification,
    StreamSpecification,
    TimeToLiveSpecification: { Enabled = false, AttributeName: ttl } = {},
    PointInTimeRecoverySpecification: recovery,
    Tags,
    ContributorInsightsSpecification,
    ...rest
  } = properties;
  if (TableClass !== 'STANDARD') {
    throw new Error(`${path}: TableClass is ${TableClass}, but only STANDARD is supported`);
  }
  const input = {
    ...rest,
    TableName,
    ...(SSESpecification && { SSESpecification: { Enabled: SSESpecification.SSEEnabled } }),
    ...(StreamSpecification && { StreamSpecification: { ...StreamSpecification, StreamEnabled: true } }),
  };
  return {
    input: input as unknown as DeclaredTable['input'],
    ...(Enabled && { ttl }),
    ...(recovery?.PointInTimeRecoveryEnabled && {
      recoveryDays: recovery.RecoveryPeriodInDays ?? defaultRecoveryDays,
    }),
  };
}
