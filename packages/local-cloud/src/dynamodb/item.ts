/** A typed attribute: `{ S: 'text' }`. */
export type AttributeValue = { readonly [scalar in 'S' | 'N' | 'B']?: string } & {
  readonly [set in 'SS' | 'NS' | 'BS']?: readonly string[];
} & {
  readonly L?: readonly AttributeValue[];
  readonly M?: Item;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
};

/** An item, or the key of one. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The attributes named that the item has. */
export function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

/** Whether two items are equal; the order of attributes and of a set's members does not count. */
export function sameItem(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b;
  const others = b as Readonly<Record<string, unknown>>;
  const entries = Object.entries(a);
  if (entries.length !== Object.keys(others).length) return false;
  return entries.every(([name, value]) => {
    const other = others[name];
    const areSets = name !== 'L' && Array.isArray(value) && Array.isArray(other);
    return areSets ? sameItem(value.toSorted(), other.toSorted()) : sameItem(value, other);
  });
}

/**
 * Bytes of an item as DynamoDB counts them.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  return sum(Object.entries(item), ([name, value]) => Buffer.byteLength(name) + valueSize(value));
}

function valueSize({ S, N, B, SS, NS, BS, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return numberSize(N);
  if (B !== undefined) return Buffer.byteLength(B, 'base64');
  if (L) return 3 + sum(L, (value) => 1 + valueSize(value));
  if (M) return 3 + Object.keys(M).length + itemSize(M);
  if (SS) return sum(SS, (text) => Buffer.byteLength(text));
  if (BS) return sum(BS, (bytes) => Buffer.byteLength(bytes, 'base64'));
  return NS ? sum(NS, numberSize) : 1;
}

/** A byte for two significant digits, one for the exponent, one for a minus. */
function numberSize(number: string): number {
  const digits = number.replaceAll(/^-?0*\.?0*|\.|-/g, '').replace(/0+$/, '');
  return 1 + Math.ceil(digits.length / 2) + (number.startsWith('-') ? 1 : 0);
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  return values.reduce((total, value) => total + size(value), 0);
}
