import type { Item } from './item.ts';
import type { Store } from './store.ts';

/** DynamoDB leaves items alone whose time lies further back: most likely it was not meant as one. */
const oldestSeconds = 5 * 365 * 24 * 60 * 60;
/** Few, because the event loop waits for them. */
const pageItems = 25;

/** The second at which an item expires. Only a number counts as a time to live. */
export function expiryOf(item: Item, attribute: string | undefined): number | undefined {
  const value = attribute === undefined ? undefined : item[attribute]?.N;
  const second = value === undefined ? Number.NaN : Math.floor(Number(value));
  return Number.isSafeInteger(second) ? second : undefined;
}

/** Removes the items whose time to live is over. */
export async function removeExpired(
  store: Store,
  now: number,
  remove: (table: string, item: Item) => Promise<void>,
): Promise<void> {
  const second = Math.floor(now / 1000);
  for (;;) {
    const due = store.expired(second - oldestSeconds, second, pageItems);
    await Promise.all(due.map(({ table, item }) => remove(table, item)));
    if (due.length < pageItems) return;
  }
}
