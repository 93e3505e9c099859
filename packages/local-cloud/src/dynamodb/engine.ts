import type { Usage } from '../usage/usage.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Log } from '../wire/log.ts';
import { loadDynalite } from './dynalite.ts';
import { removeExpired } from './expiry.ts';
import { Items } from './items.ts';
import { Store } from './store.ts';
import { Streams } from './streams.ts';
import type { DeclaredTable, TableDescription } from './table-description.ts';
import { Tables } from './tables.ts';

/** Pause between two looks for what is too old, before the time scale. */
const sweepMs = 60 * 1000;
const shortestSweepMs = 250;

/** What the embedded engine works with. */
export interface EnginePorts {
  readonly usage: Pick<Usage, 'units'>;
  /** Factor on the pause between two sweeps for expired items. */
  readonly timeScale: number;
  readonly log: Log;
}

/** DynamoDB and its Streams on this machine. */
export interface Engine {
  perform(call: AwsCall): Promise<JsonObject>;
  /** Creates a table, or keeps an existing one. @throws Error when that has other keys or indexes. */
  declare(table: DeclaredTable): Promise<TableDescription>;
  waitForRecords(streamArn: string, iterator?: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Opens the embedded tables. They are on disk in any case, so that memory does not grow with what they hold.
 * @param file Without it, tables that end with the engine.
 */
export async function openEngine({ usage, timeScale, log }: EnginePorts, file?: string): Promise<Engine> {
  const store = new Store(file);
  const streams = new Streams(store, () => tables.all());
  const tables = new Tables({ store, streams, now: Date.now });
  const dynalite = await loadDynalite(store, (name) => tables.find(name));
  const items = new Items({ store, streams, tables, dynalite, usage, now: Date.now });
  const sweeping = setInterval(
    async () => {
      try {
        streams.trim(Date.now());
        await removeExpired(store, Date.now(), (table, item) => items.expire(table, item));
      } catch (error) {
        log({ level: 'error', message: 'removing expired items failed', error: String(error) });
      }
    },
    Math.max(shortestSweepMs, sweepMs * timeScale),
  ).unref();

  return {
    perform: async (call) => {
      const answer =
        tables.perform(call, dynalite.validate) ?? (await items.perform(call)) ?? streams.perform(call);
      // Nobody sees what a crash could undo.
      await store.committed();
      return answer;
    },
    declare: async (table) => {
      const description = tables.declare(table, dynalite.validate);
      await store.committed();
      return description;
    },
    waitForRecords: (streamArn, iterator) => streams.arrival(streamArn, iterator),
    stop: async () => {
      clearInterval(sweeping);
      streams.stop();
      await store.close();
    },
  };
}
