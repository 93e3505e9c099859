import * as z from 'zod/mini';

/**
 * Reads a stored item according to a schema.
 *
 * @param source - the item's table, and the attribute that names the item in the error
 * @throws Error naming the table, the item and the attributes that do not fit, without their values
 */
export function parseItem<Schema extends z.ZodMiniType>(
  schema: Schema,
  item: Readonly<Record<string, unknown>>,
  { table, key }: { readonly table: string; readonly key: string },
): z.output<Schema> {
  const parsed = z.safeParse(schema, item);
  if (parsed.success) return parsed.data;
  const attributes = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new Error(`Item ${item[key]} of table ${table} does not fit its schema: check ${attributes}.`);
}
