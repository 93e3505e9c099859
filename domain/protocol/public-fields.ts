import type * as z from 'zod/mini';

/**
 * Copies the fields that `schema` names. Every other field is left out, so that a private field added to a record
 * later does not leak into a public document. Nested objects are copied as they are.
 */
export function publicFields<Schema extends z.ZodMiniObject>(
  schema: Schema,
  record: z.output<Schema>,
): z.output<Schema> {
  return Object.fromEntries(
    Object.entries(record).filter(
      ([name, value]) => Object.hasOwn(schema.shape, name) && value !== undefined,
    ),
  ) as z.output<Schema>;
}
