import { isDeepStrictEqual } from 'node:util';

/** A typed attribute: `{ S: 'text' }`. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
  readonly L?: readonly AttributeValue[];
  readonly M?: Item;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
}

/** An item, or the key of one. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The attributes named that the item has. */
export function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

/** Whether two items are equal; the order of attributes and of a set's members does not count. */
export function sameItem(a: Item | undefined, b: Item | undefined): boolean {
  if (!a || !b) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => sameValue(a[name], b[name]));
}

/**
 * Bytes of an item as DynamoDB counts them.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

function sameValue(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (!a || !b) return a === b;
  if (a.M && b.M) return sameItem(a.M, b.M);
  if (a.L && b.L) {
    const others = b.L;
    return a.L.length === others.length && a.L.every((value, i) => sameValue(value, others[i]));
  }
  const [type, content] = Object.entries(a)[0] as [keyof AttributeValue, unknown];
  const other = b[type];
  if (!Array.isArray(content) || !Array.isArray(other)) return content === other;
  return content.length === other.length && isDeepStrictEqual(content.toSorted(), other.toSorted());
}

function valueSize({ S, N, B, SS, NS, BS, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return numberSize(N);
  if (B !== undefined) return Buffer.byteLength(B, 'base64');
  if (L) return L.reduce((sum, value) => sum + 1 + valueSize(value), 3);
  if (M) return 3 + Object.keys(M).length + itemSize(M);
  if (SS) return SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (BS) return BS.reduce((sum, bytes) => sum + Buffer.byteLength(bytes, 'base64'), 0);
  if (NS) return NS.reduce((sum, number) => sum + numberSize(number), 0);
  return 1;
}

/** A byte for two significant digits, one for the exponent, one for a minus. */
function numberSize(number: string): number {
  const digits = number.replaceAll(/^-?0*\.?0*|\.|-/g, '').replace(/0+$/, '');
  return 1 + Math.ceil(digits.length / 2) + (number.startsWith('-') ? 1 : 0);
}
