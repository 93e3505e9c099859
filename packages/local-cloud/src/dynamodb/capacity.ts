import { type Item, itemSize, pick, sameItem } from './item.ts';
import { type Index, keyNames, type TableDescription } from './table-description.ts';

const writeUnitBytes = 1024;

/**
 * Write units of one change of a table and its indexes, as on-demand tables are billed. A write that changes nothing, or
 * that its condition refuses, costs what the item takes.
 */
export function writeUnits(table: TableDescription, before?: Item, after?: Item): number {
  const indexes = (table.GlobalSecondaryIndexes ?? []).map((index) =>
    indexUnits(table, index, before, after),
  );
  return indexes.reduce((sum, count) => sum + count, units(before, after));
}

function indexUnits(table: TableDescription, index: Index, before?: Item, after?: Item): number {
  const keys = keyNames(index.KeySchema);
  const { ProjectionType, NonKeyAttributes = [] } = index.Projection;
  const project = (item?: Item) => {
    if (!item || keys.some((key) => !item[key])) return undefined;
    if (ProjectionType === 'ALL') return item;
    return pick(item, [...keys, ...keyNames(table.KeySchema), ...NonKeyAttributes]);
  };
  const [old, now] = [project(before), project(after)];
  if (sameItem(old, now)) return 0;
  // A new index key costs a delete and a put.
  const moves = old && now && !sameItem(pick(old, keys), pick(now, keys));
  return moves ? units(old) + units(now) : units(old, now);
}

function units(...images: (Item | undefined)[]): number {
  const sizes = images.map((image) => (image ? itemSize(image) : 0));
  return Math.max(1, Math.ceil(Math.max(...sizes) / writeUnitBytes));
}
