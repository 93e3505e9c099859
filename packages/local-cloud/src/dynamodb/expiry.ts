import type { Item } from './item.ts';
import type { Store } from './store.ts';

/** DynamoDB leaves items alone whose time lies further back: most likely it was not meant as one. */
const oldestSeconds = 5 * 365 * 24 * 60 * 60;
/** Few, because the event loop waits for them. */
const pageItems = 25;

/** The second at which an item expires. Only a number counts as a time to live. */
export function expiryOf(item: Item, attribute: string | undefined): number | undefined {
  const second = Math.floor(Number(item[attribute ?? '']?.N));
  return Number.isSafeInteger(second) ? second : undefined;
}

/** Makes the items of a table expire by a number attribute, or no longer. Call it in a transaction. */
export function expireBy(store: Store, table: string, attribute = ''): void {
  const statement = `UPDATE entry SET expires = (
    SELECT CAST(json_extract(value, '$.N') AS INTEGER) FROM json_each(item) WHERE key = ?
  ) WHERE tbl = ? AND idx = ''`;
  store.prepared(statement).run(attribute, table);
}

/** Removes the items whose time to live is over. */
export async function removeExpired(
  store: Store,
  now: number,
  remove: (table: string, item: Item) => Promise<void>,
): Promise<void> {
  const second = Math.floor(now / 1000);
  const query = 'SELECT tbl, item FROM entry WHERE expires BETWEEN ? AND ? LIMIT ?';
  for (;;) {
    const due = store.prepared(query).all(second - oldestSeconds, second, pageItems);
    await Promise.all(due.map(({ tbl, item }) => remove(String(tbl), JSON.parse(String(item)))));
    if (due.length < pageItems) return;
  }
}
