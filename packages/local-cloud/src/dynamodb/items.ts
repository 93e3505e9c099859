import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import { consumedCapacity, refusedUnits, total, writeUnits } from './capacity.ts';
import type { Draft, Dynalite } from './dynalite.ts';
import { type Item, pick, sameItem } from './item.ts';
import { checkItem } from './item-rules.ts';
import { checkExpressions, checkRequest } from './request-rules.ts';
import type { Store } from './store.ts';
import type { Streams } from './streams.ts';
import { keyNames } from './table-description.ts';
import type { Tables } from './tables.ts';

/** The members of a request that are read here. */
interface ItemRequest extends JsonObject {
  readonly TableName?: unknown;
  readonly ConsistentRead?: unknown;
  readonly ReturnConsumedCapacity?: unknown;
  readonly ReturnValuesOnConditionCheckFailure?: unknown;
}

/** What the operations on items work with. */
export interface ItemsPorts {
  readonly store: Store;
  readonly tables: Tables;
  readonly streams: Streams;
  readonly dynalite: Dynalite;
  readonly usage: Pick<Usage, 'units'>;
  readonly now: () => number;
}

/** The operations on items. A write runs in one turn of the event loop, so that no other comes between. */
export class Items {
  readonly #ports: ItemsPorts;

  constructor(ports: ItemsPorts) {
    this.#ports = ports;
  }

  /** Undefined when the operation is none on items. */
  async perform({ operation, input }: AwsCall): Promise<JsonObject | undefined> {
    switch (operation) {
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#write(operation, input);
      case 'GetItem':
      case 'BatchGetItem':
      case 'Query':
      case 'Scan':
        return this.#read(operation, input);
      default:
        return undefined;
    }
  }

  /** Deletes an item whose time to live is over. Nobody pays for that. */
  expire(TableName: string, item: Item): Promise<void> {
    const { description } = this.#ports.tables.find(TableName);
    const data = { TableName, Key: pick(item, keyNames(description.KeySchema)) };
    const draft: Draft = { writes: [] };
    this.#ports.dynalite.draft('DeleteItem', data, draft);
    return this.#commit(TableName, draft, true);
  }

  async #write(operation: string, input: ItemRequest): Promise<JsonObject> {
    const { dynalite, tables, usage } = this.#ports;
    const data = this.#validate(operation, input);
    const { description: table } = tables.find(input.TableName);
    const draft: Draft = { writes: [] };
    let result: { Attributes?: object } & JsonObject;
    try {
      result = dynalite.draft(operation, data, draft);
    } catch (error) {
      if (!(error instanceof AwsError) || error.name !== 'ConditionalCheckFailedException') throw error;
      usage.units(table.TableName, { write: refusedUnits(draft.before).table });
      if (input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || !draft.before) throw error;
      throw new AwsError(error.name, error.message, error.status, { Item: draft.before });
    }
    if (draft.after) checkItem(table, draft.after, operation);
    await this.#commit(table.TableName, draft);
    if (Object.keys(result.Attributes ?? {}).length === 0) delete result.Attributes;
    const units = writeUnits(table, draft.before, draft.after);
    usage.units(table.TableName, { write: total(units) });
    return { ...result, ConsumedCapacity: consumedCapacity(input.ReturnConsumedCapacity, table, units) };
  }

  /** Writes the item, its index entries and its stream record: after a crash all of them are there, or none. */
  async #commit(TableName: string, { before, after, writes }: Draft, expired = false): Promise<void> {
    if (sameItem(before, after)) return;
    const { store, streams, tables, now } = this.#ports;
    const { description } = tables.find(TableName);
    await store.write(() => {
      for (const write of writes) write();
      streams.append(description, { before, after, expired }, now());
    });
    streams.wake(description.LatestStreamArn);
  }

  async #read(operation: string, input: ItemRequest): Promise<JsonObject> {
    const { dynalite, usage } = this.#ports;
    const data = this.#validate(operation, input);
    const isAsked = data.ReturnConsumedCapacity === 'TOTAL' || data.ReturnConsumedCapacity === 'INDEXES';
    const measured = isAsked ? data : { ...data, ReturnConsumedCapacity: 'TOTAL' };
    const { ConsumedCapacity, ...result }: JsonObject & { readonly ConsumedCapacity?: unknown } =
      await dynalite.read(operation, measured);
    // A read that finds nothing still costs the least.
    const least = input.ConsistentRead ? 1 : 0.5;
    for (const part of [ConsumedCapacity].flat() as { TableName: string; CapacityUnits: number }[]) {
      part.CapacityUnits = Math.max(least, part.CapacityUnits);
      usage.units(part.TableName, { read: part.CapacityUnits });
    }
    return isAsked ? { ...result, ConsumedCapacity } : result;
  }

  #validate(operation: string, input: ItemRequest): ItemRequest {
    const { dynalite, tables } = this.#ports;
    checkRequest(operation, input);
    const data: ItemRequest = dynalite.validate(operation, input);
    if (operation !== 'BatchGetItem') checkExpressions(data, tables.find(data.TableName).description);
    return data;
  }
}
