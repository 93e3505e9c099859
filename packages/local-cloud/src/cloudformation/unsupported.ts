import type { ResourceKind } from './resource-kind.ts';
import type { PlannedResource } from './template-plan.ts';

/**
 * Checks that a template means the same here as on AWS: every type is known, every property honoured or harmless.
 * @throws Error listing all that is not.
 */
export function checkSupport(
  resources: readonly PlannedResource[],
  kinds: ReadonlyMap<string, ResourceKind>,
): void {
  const refusals = resources.flatMap(({ path, type, draft }) => {
    const kind = kinds.get(type);
    if (!kind) return [`${path}: the type ${type} is not known`];
    return ignoredProperties(draft, kind).map((name) => `${path}: ${name} of ${type} would be ignored`);
  });
  if (refusals.length > 0)
    throw new Error(
      `The template asks for what the local cloud does not do:\n  - ${refusals.join('\n  - ')}`,
    );
}

/** Properties that a kind neither honours nor knows to be harmless; of one that it knows in part, the names within. */
export function ignoredProperties(
  properties: unknown,
  { honoured, harmless = [] }: Pick<ResourceKind, 'honoured' | 'harmless'>,
): string[] {
  const accepted = [...honoured, ...harmless];
  const ignored = (value: unknown, prefix: string): string[] => {
    if (Array.isArray(value)) return [...new Set(value.flatMap((item) => ignored(item, prefix)))];
    // Where a kind names members, nothing else than an object has them.
    if (value === null || typeof value !== 'object')
      return prefix === '' ? [] : [`${prefix.slice(0, -1)} = ${value}`];
    return Object.entries(value).flatMap(([name, inner]) => {
      const property = `${prefix}${name}`;
      if (accepted.includes(property)) return [];
      const isPartly = accepted.some((candidate) => candidate.startsWith(`${property}.`));
      return isPartly ? ignored(inner, `${property}.`) : [property];
    });
  };
  return ignored(properties, '');
}
