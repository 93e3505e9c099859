import type { Usage } from '../usage/usage.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import { writeUnits } from './capacity.ts';
import type { Draft } from './dynalite.ts';
import { type Item, pick, sameItem } from './item.ts';
import { checkItem } from './item-rules.ts';
import { checkExpressions, refuseParameters } from './request-rules.ts';
import { keyNames } from './table-description.ts';
import type { Tables, TablesPorts } from './tables.ts';

interface ItemsPorts extends TablesPorts {
  readonly tables: Tables;
  readonly usage: Pick<Usage, 'units'>;
}

/** The operations on items. A write runs in one turn of the event loop, so that no other comes between. */
export function createItems({ store, tables, streams, dynalite, usage, now }: ItemsPorts) {
  function validate(operation: string, input: JsonObject): JsonObject {
    refuseParameters(input);
    const data = dynalite.validate(operation, input);
    const { TableName, RequestItems = { [String(TableName)]: {} } } = data;
    for (const name of Object.keys(RequestItems as object)) tables.find(name);
    checkExpressions(data);
    return data;
  }

  async function write(operation: string, input: JsonObject): Promise<JsonObject> {
    const data = validate(operation, input);
    const { TableName, ReturnConsumedCapacity: asked, ReturnValuesOnConditionCheckFailure } = input;
    const { description: table } = tables.find(TableName);
    const draft: Draft = { writes: [] };
    let result: JsonObject;
    try {
      result = dynalite.draft(operation, data, draft);
    } catch (error) {
      if (!(error instanceof AwsError) || error.name !== 'ConditionalCheckFailedException') throw error;
      usage.units(table.TableName, { write: writeUnits(table, draft.before, draft.before) });
      if (ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || !draft.before) throw error;
      throw new AwsError(error.name, error.message, error.status, { Item: draft.before });
    }
    if (draft.after) checkItem(table, draft.after, operation);
    await commit(table.TableName, draft);
    const units = writeUnits(table, draft.before, draft.after);
    usage.units(table.TableName, { write: units });
    const { Attributes = {} } = result;
    return {
      ...(Object.keys(Attributes as object).length > 0 && { Attributes }),
      ...(asked === 'TOTAL' && { ConsumedCapacity: { TableName, CapacityUnits: units } }),
    };
  }

  /** Writes the item, its index entries and its stream record: after a crash all of them are there, or none. */
  async function commit(TableName: string, draft: Draft, isExpired = false): Promise<void> {
    if (sameItem(draft.before, draft.after)) return;
    const { description } = tables.find(TableName);
    await store.write(() => {
      for (const write of draft.writes) write();
      streams.append(description, draft, isExpired, now());
    });
    streams.wake(description.LatestStreamArn);
  }

  async function read(operation: string, input: JsonObject): Promise<JsonObject> {
    const data = validate(operation, input);
    const { ReturnConsumedCapacity: asked, ConsistentRead } = input;
    const measured = { ...data, ReturnConsumedCapacity: 'TOTAL' };
    const { ConsumedCapacity, ...result } = await dynalite.read(operation, measured);
    // A read that finds nothing still costs the least.
    const least = ConsistentRead ? 1 : 0.5;
    for (const part of [ConsumedCapacity].flat() as { TableName: string; CapacityUnits: number }[]) {
      part.CapacityUnits = Math.max(least, part.CapacityUnits);
      usage.units(part.TableName, { read: part.CapacityUnits });
    }
    return asked === 'TOTAL' ? { ...result, ConsumedCapacity } : result;
  }

  return {
    /** Undefined when the operation is none on items. */
    async perform({ operation, input }: AwsCall): Promise<JsonObject | undefined> {
      if (['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation)) return write(operation, input);
      if (['GetItem', 'BatchGetItem', 'Query', 'Scan'].includes(operation)) return read(operation, input);
      return undefined;
    },

    /** Deletes an item whose time to live is over. Nobody pays for that. */
    expire(TableName: string, item: Item): Promise<void> {
      const { description } = tables.find(TableName);
      const draft: Draft = { writes: [] };
      const Key = pick(item, keyNames(description.KeySchema));
      dynalite.draft('DeleteItem', { TableName, Key }, draft);
      return commit(TableName, draft, true);
    },
  };
}
