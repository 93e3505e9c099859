/** A value of an item, as the API gives it: `{ "S": "text" }`. */
type AttributeValue = Readonly<Record<string, unknown>>;

/** An item with its types: `{ "id": { "S": "text" } }`. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** An item without the types of its values, to be read. Binary values stay Base64. */
export function plainItem(item: Item): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: AttributeValue): unknown {
  const [[type, content] = []] = Object.entries(value);
  if (type === 'N') return Number(content);
  if (type === 'NULL') return null;
  if (type === 'M') return plainItem(content as Item);
  if (type === 'L') return (content as readonly AttributeValue[]).map(plainValue);
  return type === 'NS' ? (content as readonly string[]).map(Number) : content;
}
