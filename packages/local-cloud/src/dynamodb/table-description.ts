import { isDeepStrictEqual } from 'node:util';

export interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface Throughput {
  readonly ReadCapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
}

export interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  readonly ProvisionedThroughput?: Throughput;
}

/** What of a table cannot change. */
interface Shape {
  readonly TableName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
}

interface Options {
  readonly ProvisionedThroughput?: Throughput;
  readonly DeletionProtectionEnabled?: boolean;
  readonly StreamSpecification?: { readonly StreamEnabled: boolean; readonly StreamViewType?: string };
}

/** A table as DescribeTable shows it. */
export interface TableDescription extends Shape, Options {
  readonly TableArn: string;
  readonly TableId: string;
  readonly TableStatus: string;
  readonly CreationDateTime?: number;
  readonly LatestStreamArn?: string;
  readonly LatestStreamLabel?: string;
}

/** A table as CreateTable takes it. */
export interface TableInput extends Shape, Options {
  readonly BillingMode?: string;
  readonly SSESpecification?: { readonly Enabled?: boolean };
}

/** A table of the template, with what CreateTable does not take. */
export interface DeclaredTable {
  readonly input: TableInput;
  /** Attribute with the time to live. */
  readonly ttl?: string;
  /** Set when items can be restored to a point in time. */
  readonly recoveryDays?: number;
}

/** Names of the key attributes, hash first. */
export const keyNames = (schema: readonly KeyElement[]): string[] => schema.map((key) => key.AttributeName);

/** @throws Error when an existing table has other keys or indexes than the template asks for. */
export function checkShape(asked: Shape, present: Shape): void {
  const [wanted, found] = [shape(asked), shape(present)];
  if (isDeepStrictEqual(wanted, found)) return;
  throw new Error(
    `table ${asked.TableName} exists with other keys or indexes ` +
      `(${JSON.stringify(found)}, not ${JSON.stringify(wanted)}); delete it or the data folder`,
  );
}

function shape({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] }: Shape): object {
  const types = new Map(
    AttributeDefinitions.map((attribute) => [attribute.AttributeName, attribute.AttributeType]),
  );
  const keys = (schema: readonly KeyElement[]) =>
    schema.map(({ AttributeName, KeyType }) => `${AttributeName} ${types.get(AttributeName)} ${KeyType}`);
  const indexes = GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    index: IndexName,
    keys: keys(KeySchema),
    projection: [Projection.ProjectionType, ...(Projection.NonKeyAttributes ?? []).toSorted()],
  }));
  return { keys: keys(KeySchema), indexes: indexes.sort((a, b) => (a.index < b.index ? -1 : 1)) };
}
