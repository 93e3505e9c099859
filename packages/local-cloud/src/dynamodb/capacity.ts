import { type Item, itemSize, pick, sameItem } from './item.ts';
import { type Index, keyNames, type TableDescription } from './table-description.ts';

const writeUnitBytes = 1024;

/** Write units of one change, as on-demand tables are billed. */
export interface WriteUnits {
  readonly table: number;
  /** By index; only those the change touched. */
  readonly indexes: Readonly<Record<string, number>>;
}

/** Units of a write. One that changes nothing still costs one. */
export function writeUnits(
  table: TableDescription,
  before: Item | undefined,
  after: Item | undefined,
): WriteUnits {
  const indexes: Record<string, number> = {};
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    const units = indexUnits(table, index, before, after);
    if (units > 0) indexes[index.IndexName] = units;
  }
  return { table: larger(before, after), indexes };
}

/** Units of a write whose condition failed: the size of the present item counts, indexes cost nothing. */
export function refusedUnits(before: Item | undefined): WriteUnits {
  return { table: larger(before, undefined), indexes: {} };
}

export function total(units: WriteUnits): number {
  return Object.values(units.indexes).reduce((sum, index) => sum + index, units.table);
}

/** ConsumedCapacity of a response, if the caller asked for it. */
export function consumedCapacity(
  mode: unknown,
  table: TableDescription,
  units: WriteUnits,
): object | undefined {
  if (mode !== 'TOTAL' && mode !== 'INDEXES') return undefined;
  const sum = { TableName: table.TableName, CapacityUnits: total(units) };
  if (mode === 'TOTAL') return sum;
  const indexes = Object.entries(units.indexes).map(([name, CapacityUnits]) => [name, { CapacityUnits }]);
  return {
    ...sum,
    Table: { CapacityUnits: units.table },
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: Object.fromEntries(indexes) }),
  };
}

function indexUnits(
  table: TableDescription,
  index: Index,
  before: Item | undefined,
  after: Item | undefined,
): number {
  const [old, now] = [project(table, index, before), project(table, index, after)];
  if (sameItem(old, now)) return 0;
  const keys = keyNames(index.KeySchema);
  // A new index key costs a delete and a put.
  if (old && now && !sameItem(pick(old, keys), pick(now, keys))) {
    return larger(old, undefined) + larger(undefined, now);
  }
  return larger(old, now);
}

function project(table: TableDescription, index: Index, item: Item | undefined): Item | undefined {
  const keys = keyNames(index.KeySchema);
  if (!item || keys.some((key) => !item[key])) return undefined;
  if (index.Projection.ProjectionType === 'ALL') return item;
  const names = [...keys, ...keyNames(table.KeySchema), ...(index.Projection.NonKeyAttributes ?? [])];
  return pick(item, names);
}

function larger(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(before ? itemSize(before) : 0, after ? itemSize(after) : 0);
  return Math.max(1, Math.ceil(bytes / writeUnitBytes));
}
