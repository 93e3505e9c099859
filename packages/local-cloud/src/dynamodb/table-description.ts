type Keys = readonly { readonly AttributeName: string; readonly KeyType: string }[];

export interface Index {
  readonly IndexName: string;
  readonly KeySchema: Keys;
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

/** What of a table cannot change. */
interface Shape {
  readonly TableName: string;
  readonly KeySchema: Keys;
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
}

/** A table as CreateTable takes it. */
export interface TableInput extends Shape {
  readonly BillingMode?: string;
  readonly ProvisionedThroughput?: object;
  readonly DeletionProtectionEnabled?: boolean;
  readonly SSESpecification?: { readonly Enabled?: boolean };
  readonly StreamSpecification?: { readonly StreamEnabled: boolean; readonly StreamViewType?: string };
}

/** A table as DescribeTable shows it. */
export interface TableDescription extends Omit<TableInput, 'BillingMode' | 'SSESpecification'> {
  readonly TableId: string;
  readonly TableStatus: string;
  readonly CreationDateTime?: number;
  readonly LatestStreamArn?: string;
  readonly LatestStreamLabel?: string;
}

/** A table and what DescribeTable does not show of it. */
export interface TableState {
  readonly description: TableDescription;
  /** Attribute with the time to live. */
  readonly ttl?: string;
  /** Set when items can be restored to a point in time. */
  readonly recoveryDays?: number;
}

/** A table of the template, with what CreateTable does not take. */
export interface DeclaredTable extends Omit<TableState, 'description'> {
  readonly input: TableInput;
}

/** Names of the key attributes, hash first. */
export const keyNames = (schema: Keys): string[] => schema.map((key) => key.AttributeName);

/** @throws Error when an existing table has other keys or indexes than the template asks for. */
export function checkShape(asked: Shape, present: Shape): void {
  const [wanted, found] = [shape(asked), shape(present)];
  if (wanted === found) return;
  const problem = `table ${asked.TableName} exists with other keys or indexes`;
  throw new Error(`${problem} (${found}, not ${wanted}); delete it or the data folder`);
}

function shape({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] }: Shape): string {
  const types = new Map(AttributeDefinitions.map((known) => [known.AttributeName, known.AttributeType]));
  const keys = (schema: Keys) => keyNames(schema).map((name) => `${name} ${types.get(name)}`);
  const indexes = GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => {
    const { ProjectionType, NonKeyAttributes = [] } = Projection;
    return [`index ${IndexName}`, ...keys(KeySchema), ProjectionType, ...NonKeyAttributes.toSorted()].join(
      ' ',
    );
  });
  return [`key ${keys(KeySchema).join(' ')}`, ...indexes.sort()].join('; ');
}
