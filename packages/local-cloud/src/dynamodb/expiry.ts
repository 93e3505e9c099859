import type { JsonObject } from '../wire/aws-service.ts';
import type { Log } from '../wire/log.ts';
import { type Item, keyNames, pick, type Table } from './dynalite.ts';
import type { Change } from './stream-log.ts';

/** Pause between two looks for expired items, before the time scale. */
const sweepMs = 60 * 1000;
const shortestSweepMs = 250;
/** DynamoDB leaves items alone whose time lies further back: most likely it was not meant as one. */
const oldestExpirySeconds = 5 * 365 * 24 * 60 * 60;

interface Watched {
  readonly table: Table;
  readonly attribute: string;
  /** Keys (as JSON) of the items that expire in a second, by that second. */
  readonly due: Map<number, Set<string>>;
}

/** Time to live: removes items some time after the second that an attribute of theirs names. */
export class Expiry {
  readonly #now: () => number;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #sweep: Promise<void> = Promise.resolve();

  constructor(now: () => number) {
    this.#now = now;
  }

  watch(table: Table, attribute: string): void {
    this.#watched.set(table.TableName, { table, attribute, due: new Map() });
  }

  forget(table: string): void {
    this.#watched.delete(table);
  }

  /** Keeps the schedule true after a change of an item. */
  track({ table, before, after }: Change): void {
    const watched = this.#watched.get(table.TableName);
    if (!watched) return;
    const { attribute, due } = watched;
    const [old, now] = [expiryOf(before, attribute), expiryOf(after, attribute)];
    if (old === now) return;
    const key = keyOf(table, (after ?? before) as Item);
    if (old !== undefined) {
      due.get(old)?.delete(key);
      if (due.get(old)?.size === 0) due.delete(old);
    }
    if (now !== undefined) {
      const keys = due.get(now) ?? new Set();
      due.set(now, keys.add(key));
    }
  }

  /** Sweeps from now on; `remove` takes the input of a conditional DeleteItem. */
  start(timeScale: number, remove: (input: JsonObject) => Promise<void>, log: Log): void {
    const pause = Math.max(shortestSweepMs, sweepMs * timeScale);
    const next = () => {
      this.#timer = setTimeout(() => {
        this.#sweep = this.#removeDue(remove).catch((error) => {
          log({ level: 'error', message: `removing expired items failed: ${error.message}` });
        });
        void this.#sweep.then(() => this.#timer && next());
      }, pause).unref();
    };
    next();
  }

  /** Settles when no sweep runs any more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#sweep;
  }

  async #removeDue(remove: (input: JsonObject) => Promise<void>): Promise<void> {
    const now = Math.floor(this.#now() / 1000);
    for (const { table, attribute, due } of this.#watched.values()) {
      for (const [second, keys] of due) {
        if (second > now || second < now - oldestExpirySeconds) continue;
        for (const key of keys) {
          await remove({
            TableName: table.TableName,
            Key: JSON.parse(key),
            // It may have been given more time meanwhile.
            ConditionExpression: '#expiry <= :now',
            ExpressionAttributeNames: { '#expiry': attribute },
            ExpressionAttributeValues: { ':now': { N: String(now) } },
          });
          // Only now: what could not be removed is tried again at the next look.
          keys.delete(key);
        }
      }
    }
  }
}

function expiryOf(item: Item | undefined, attribute: string): number | undefined {
  const value = item?.[attribute]?.N;
  return value === undefined ? undefined : Math.floor(Number(value));
}

const keyOf = (table: Table, item: Item) => JSON.stringify(pick(item, keyNames(table.KeySchema)));
