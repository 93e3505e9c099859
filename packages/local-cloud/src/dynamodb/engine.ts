import type { Usage } from '../usage/usage.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Log } from '../wire/log.ts';
import { loadDynalite } from './dynalite.ts';
import { removeExpired } from './expiry.ts';
import { createItems } from './items.ts';
import { openStore } from './store.ts';
import { createStreams } from './streams.ts';
import type { DeclaredTable, TableDescription } from './table-description.ts';
import { createTables } from './tables.ts';

/** Pause between two looks for expired items, before the time scale. */
const sweepMs = 60 * 1000;
const shortestSweepMs = 250;

/** What the embedded engine works with. */
export interface EnginePorts {
  readonly usage: Pick<Usage, 'units'>;
  /** Factor on the pause between two sweeps for expired items. */
  readonly timeScale: number;
  readonly log: Log;
}

/** DynamoDB and its Streams. */
export interface Engine {
  /** Carries a call out without asking for permission. */
  perform(call: AwsCall): Promise<JsonObject>;
  /** Creates a table, or keeps an existing one. @throws Error when that has other keys or indexes. */
  declare(table: DeclaredTable): Promise<TableDescription>;
  /** Deletes a table, unless it is protected from that. An outside endpoint keeps its tables. */
  drop?(name: string): Promise<void>;
  /**
   * Waits until a `GetRecords` with this iterator would find records; without an iterator, for the next record of the
   * stream. May end early (at shutdown, or with an outside endpoint): read and wait again.
   */
  waitForRecords(streamArn: string, shardIterator?: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Opens the embedded tables. They are on disk in any case, so that memory does not grow with what they hold.
 * @param file Without it, tables that end with the engine.
 */
export async function openEngine({ usage, timeScale, log }: EnginePorts, file?: string): Promise<Engine> {
  const now = Date.now;
  const store = openStore(file);
  const dynalite = await loadDynalite(store, (name) => tables.find(name));
  const streams = createStreams(store, (name) => tables.find(name).description);
  const ports = { store, streams, dynalite, now };
  const tables = createTables(ports);
  const items = createItems({ ...ports, tables, usage });
  const failed = (error: unknown) =>
    log({ level: 'error', message: 'removing expired items failed', error: String(error) });
  const sweep = () => removeExpired(store, now(), items.expire).catch(failed);
  const sweeping = setInterval(sweep, Math.max(shortestSweepMs, sweepMs * timeScale)).unref();

  return {
    perform: async (call) =>
      store.committed(tables.perform(call) ?? (await items.perform(call)) ?? streams.perform(call)),
    declare: async (table) => store.committed(tables.declare(table)),
    drop: async (name) => store.committed(tables.drop(name)),
    waitForRecords: streams.arrival,
    stop: async () => {
      clearInterval(sweeping);
      streams.stop();
      await store.close();
    },
  };
}
