import * as z from 'zod/mini';

/** Schemas by their name in a description. */
export type NamedSchemas = Readonly<Record<string, z.ZodMiniType>>;

/** JSON Schemas of the named schemas; they refer to each other by `#/components/schemas/…`. */
export function componentSchemas(named: NamedSchemas): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, id: ___, ...schema }]) => [id, schema]),
  );
}
