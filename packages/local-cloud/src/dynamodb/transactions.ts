import { createHash } from 'node:crypto';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { type Draft, draftOn } from './draft.ts';
import { type Dynalite, type Item, keyNames, pick, storeKey, type Table } from './dynalite.ts';

const maxItems = 100;
/** How long DynamoDB remembers a ClientRequestToken. */
const tokenMs = 10 * 60 * 1000;
/** Bounds memory; retries come within seconds. */
const maxTokens = 20_000;
const operations = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'DeleteItem',
};

interface Step {
  readonly kind: string;
  readonly operation: string;
  readonly input: JsonObject;
}

interface Place {
  readonly table: Table;
  readonly key: string;
}

/** One action of a write transaction, tried but not written. */
export interface Tried {
  readonly draft: Draft;
  /** False for a ConditionCheck. */
  readonly writes: boolean;
}

/**
 * TransactWriteItems: under locks on all items, tries each action on a draft, then hands all drafts to `write`;
 * or to `cancelled`, when one of them is refused.
 * @throws AwsError TransactionCanceledException with a reason for each action.
 */
export async function transactWrite(
  { store, run, validate, table }: Dynalite,
  input: JsonObject,
  write: (tried: readonly Tried[]) => Promise<void>,
  cancelled: (tried: readonly Tried[]) => void,
): Promise<void> {
  const steps = stepsOf(input.TransactItems, Object.keys(operations)).map(({ kind, input }) => {
    const operation = operations[kind as keyof typeof operations];
    return { kind, operation, input, data: validate(operation, input) };
  });
  const places = await placesOf(steps, table);
  await holding(store, places, async () => {
    const tried: Tried[] = [];
    const reasons: JsonObject[] = [];
    for (const { kind, operation, input, data } of steps) {
      const { draft, view } = draftOn(store, { locked: true });
      tried.push({ draft, writes: kind !== 'ConditionCheck' });
      reasons.push(
        await run(operation, data, view).then(
          () => ({ Code: 'None' }),
          (error) => reasonFor(error, draft, input),
        ),
      );
    }
    if (reasons.some(({ Code }) => Code !== 'None')) {
      cancelled(tried);
      const codes = reasons.map(({ Code }) => Code).join(', ');
      const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
      throw new AwsError('TransactionCanceledException', message, 400, { CancellationReasons: reasons });
    }
    await write(tried);
  });
}

/** TransactGetItems: reads all items while none of them can change. */
export async function transactGet(
  { store, run, validate, table }: Dynalite,
  input: JsonObject,
): Promise<readonly JsonObject[]> {
  const steps = stepsOf(input.TransactItems, ['Get']).map((step) => {
    const read = { ...step.input, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' };
    return { ...step, operation: 'GetItem', data: validate('GetItem', read) };
  });
  const places = await placesOf(steps, table);
  return holding(store, places, () => Promise.all(steps.map(({ data }) => run('GetItem', data))));
}

/** Remembers ClientRequestTokens, so that a transaction sent again is not done again. */
export class RequestTokens {
  readonly #seen = new Map<
    string,
    { readonly digest: string; readonly at: number; readonly done: Promise<void> }
  >();

  /** Carries out `work` unless the same request was already carried out, or is just being. */
  async once(token: unknown, items: unknown, now: number, work: () => Promise<void>): Promise<void> {
    if (typeof token !== 'string') return work();
    for (const [old, { at }] of this.#seen) {
      if (at > now - tokenMs && this.#seen.size < maxTokens) break;
      this.#seen.delete(old);
    }
    const digest = createHash('sha256').update(JSON.stringify(items)).digest('base64');
    const seen = this.#seen.get(token);
    if (seen && seen.digest !== digest) {
      throw new AwsError(
        'IdempotentParameterMismatchException',
        `ClientRequestToken ${token} was used for another transaction`,
      );
    }
    if (seen) return seen.done;
    const done = work();
    this.#seen.set(token, { digest, at: now, done });
    try {
      await done;
    } catch (error) {
      this.#seen.delete(token);
      throw error;
    }
  }
}

function stepsOf(items: unknown, kinds: readonly string[]): Pick<Step, 'kind' | 'input'>[] {
  if (!Array.isArray(items) || items.length < 1 || items.length > maxItems) {
    throw new AwsError('ValidationException', `TransactItems must have 1 to ${maxItems} members`);
  }
  return items.map((item: JsonObject) => {
    const [kind, ...more] = Object.keys(item).filter((name) => item[name]);
    if (!kind || more.length > 0 || !kinds.includes(kind)) {
      throw new AwsError(
        'ValidationException',
        `each of TransactItems must have exactly one of ${kinds.join(', ')}`,
      );
    }
    return { kind, input: item[kind] as JsonObject };
  });
}

async function placesOf(steps: readonly Step[], find: Dynalite['table']): Promise<Place[]> {
  const places: Place[] = [];
  for (const { input } of steps) {
    const table = await find(String(input.TableName));
    const item = (input.Key ?? pick(input.Item as Item, keyNames(table.KeySchema))) as Item;
    const key = storeKey(table, item);
    if (places.some((place) => place.table.TableName === table.TableName && place.key === key)) {
      throw new AwsError(
        'ValidationException',
        'Transaction request cannot include multiple operations on one item',
      );
    }
    places.push({ table, key });
  }
  return places;
}

/** Takes the items' locks table by table in one global order, so that transactions cannot wait for each other. */
function holding<T>(store: Dynalite['store'], places: readonly Place[], work: () => Promise<T>): Promise<T> {
  const tables = [...new Set(places.map(({ table }) => table.TableName))].sort();
  const locked = tables.reduceRight<() => Promise<T>>((inner, name) => {
    const keys = places.filter(({ table }) => table.TableName === name).map(({ key }) => key);
    return () =>
      new Promise((resolve, reject) => {
        store.getItemDb(name).lock(keys, (release) => {
          const free = release(() => undefined);
          inner().then(resolve, reject).finally(free);
        });
      });
  }, work);
  return locked();
}

function reasonFor(error: unknown, draft: Draft, input: JsonObject): JsonObject {
  if (!(error instanceof AwsError)) throw error;
  if (error.name === 'ConditionalCheckFailedException') {
    const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? draft.before : undefined;
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...(Item ? { Item } : {}) };
  }
  if (error.name === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
  throw error;
}
