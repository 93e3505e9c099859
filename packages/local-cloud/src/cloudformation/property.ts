/** Properties of a resource, or a part of them. */
type Properties = Readonly<Record<string, unknown>>;

/** Reads a boolean, which CloudFormation also takes as text. @throws Error naming the property. */
export function flag(properties: Properties, name: string, fallback = false): boolean {
  const value = properties[name] ?? fallback;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw refusal(name, value, 'true, false');
}

/** @throws Error when a boolean is true, saying why the local cloud cannot do it. */
export function refuseTrue(properties: Properties, name: string, why: string): void {
  if (flag(properties, name)) throw refusal(name, true, `false; ${why}`);
}

/** Reads a whole number, which CloudFormation also takes as text. @throws Error naming the property. */
export function integer(
  properties: Properties,
  name: string,
  { fallback, min, max }: { readonly fallback?: number; readonly min: number; readonly max: number },
): number {
  const value = properties[name] ?? fallback;
  const number = /^-?\d+$/.test(String(value)) && typeof value !== 'object' ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw refusal(name, value, `${min} to ${max}`);
}

/** Reads one of a few texts. @throws Error naming the property. */
export function oneOf<T extends string>(
  properties: Properties,
  name: string,
  allowed: readonly T[],
  fallback?: T,
): T {
  const value = properties[name] ?? fallback;
  const found = allowed.find((text) => text === value);
  if (found === undefined) throw refusal(name, value, allowed.join(', '));
  return found;
}

/** Reads a text of a form. @throws Error naming the property. */
export function textLike(properties: Properties, name: string, form: RegExp, allowed: string): string {
  const value = properties[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw refusal(name, value, allowed);
}

/** The error for a value that is not allowed: `Name is "value"; allowed: …`. */
export function refusal(name: string, value: unknown, allowed: string): Error {
  return new Error(`${name} is ${JSON.stringify(value)}; allowed: ${allowed}`);
}
