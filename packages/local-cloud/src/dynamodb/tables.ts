import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { BatchOperation, Dynalite, Item, Table } from './dynalite.ts';
import type { Expiry } from './expiry.ts';
import { recordRange, type StreamSettings, streamSettings } from './stream-log.ts';
import type { Streams } from './streams.ts';

/** What a table has that dynalite does not know. */
interface Settings {
  readonly stream?: StreamSettings;
  /** Attribute with the time to live. */
  readonly ttl?: string;
}

const listLimit = 100;
const deleteBatch = 1000;

/** The operations on tables. */
export class Tables {
  readonly #dynalite: Dynalite;
  readonly #streams: Streams;
  readonly #expiry: Expiry;
  readonly #settings = new Map<string, Settings>();

  constructor(dynalite: Dynalite, streams: Streams, expiry: Expiry) {
    this.#dynalite = dynalite;
    this.#streams = streams;
    this.#expiry = expiry;
  }

  /** Takes up the tables a data folder holds, and ends what a crash left half done. */
  async load(): Promise<void> {
    const { store } = this.#dynalite;
    for await (const [key, value] of store.db.iterator({ gte: 'table~', lt: 'table~~' })) {
      const table = value as Table;
      if (table.TableStatus === 'DELETING') {
        await this.#delete(table.TableName);
        continue;
      }
      const indexes = table.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
      const active = {
        ...table,
        TableStatus: 'ACTIVE',
        ...(indexes ? { GlobalSecondaryIndexes: indexes } : {}),
      };
      await store.db.put(key, active);
      this.#settings.set(table.TableName, {});
    }
    for await (const [key, value] of store.db.iterator({ gte: 'settings~', lt: 'settings~~' })) {
      const name = key.slice('settings~'.length);
      if (!this.#settings.has(name)) continue;
      const settings = value as Settings;
      this.#settings.set(name, settings);
      const table = await this.#dynalite.table(name);
      if (settings.stream) await this.#streams.set(table, settings.stream);
      if (settings.ttl) await this.#watchExpiry(table, settings.ttl);
    }
  }

  /** Undefined when the operation is none on tables. */
  async perform({ operation, input }: AwsCall): Promise<JsonObject | undefined> {
    const name = String(input.TableName);
    switch (operation) {
      case 'CreateTable':
        return this.#create(input);
      case 'DescribeTable': {
        const { Table } = await this.#plain(operation, input);
        return { Table: { ...(Table as Table), ...this.#streamMembers(name) } };
      }
      case 'UpdateTable':
        return this.#update(input);
      case 'DeleteTable': {
        const { Table } = await this.#plain('DescribeTable', { TableName: name });
        await this.#delete(name);
        return { TableDescription: { ...(Table as Table), TableStatus: 'DELETING' } };
      }
      case 'ListTables':
        return this.#list(input);
      case 'TagResource':
      case 'UntagResource':
      case 'ListTagsOfResource':
        return this.#plain(operation, input);
      case 'UpdateTimeToLive':
        return this.#updateTimeToLive(name, input.TimeToLiveSpecification as JsonObject | undefined);
      case 'DescribeTimeToLive': {
        await this.#dynalite.table(name);
        const AttributeName = this.#settings.get(name)?.ttl;
        const status = AttributeName
          ? { TimeToLiveStatus: 'ENABLED', AttributeName }
          : { TimeToLiveStatus: 'DISABLED' };
        return { TimeToLiveDescription: status };
      }
      case 'DescribeContinuousBackups':
        await this.#dynalite.table(name);
        return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'DISABLED' } };
      default:
        return undefined;
    }
  }

  #plain(operation: string, input: JsonObject): Promise<JsonObject> {
    return this.#dynalite.run(operation, this.#dynalite.validate(operation, input));
  }

  async #create(input: JsonObject): Promise<JsonObject> {
    const name = String(input.TableName);
    const data = this.#dynalite.validate('CreateTable', input);
    const asked = input.StreamSpecification as JsonObject | undefined;
    const stream = asked?.StreamEnabled ? streamSettings(asked.StreamViewType, Date.now()) : undefined;
    if (this.#settings.has(name)) {
      throw new AwsError('ResourceInUseException', `Table already exists: ${name}`);
    }
    // Settings first: after a crash in between there is no table yet, and creating it again sets them again.
    await this.#remember(name, stream ? { stream } : {});
    const { TableDescription } = await this.#dynalite.run('CreateTable', data).catch((error) => {
      this.#settings.delete(name);
      throw error;
    });
    const table = TableDescription as Table;
    if (stream) await this.#streams.set(table, stream);
    return { TableDescription: { ...table, ...this.#streamMembers(name) } };
  }

  async #update(input: JsonObject): Promise<JsonObject> {
    const { StreamSpecification, GlobalSecondaryIndexUpdates, ...rest } = input;
    const name = String(input.TableName);
    const table = await this.#dynalite.table(name);
    if (GlobalSecondaryIndexUpdates) {
      throw new AwsError(
        'ValidationException',
        `the embedded DynamoDB cannot change indexes of ${name}; delete the table and create it anew`,
      );
    }
    const asked = StreamSpecification as JsonObject | undefined;
    if (asked) await this.#updateStream(table, asked);
    if (rest.ProvisionedThroughput || rest.BillingMode) await this.#plain('UpdateTable', rest);
    const described = await this.perform({ operation: 'DescribeTable', input: { TableName: name } });
    return { TableDescription: described?.Table };
  }

  async #updateStream(table: Table, asked: JsonObject): Promise<void> {
    const name = table.TableName;
    const settings = this.#settings.get(name) ?? {};
    if (asked.StreamEnabled === (settings.stream?.enabled ?? false)) {
      const state = asked.StreamEnabled ? 'an enabled' : 'no enabled';
      throw new AwsError('ValidationException', `Table ${name} already has ${state} stream`);
    }
    const stream =
      settings.stream && !asked.StreamEnabled ? { ...settings.stream, enabled: false } : undefined;
    const next = stream ?? streamSettings(asked.StreamViewType, Date.now());
    await this.#remember(name, { ...settings, stream: next });
    await this.#streams.set(table, next);
  }

  async #updateTimeToLive(name: string, asked: JsonObject | undefined): Promise<JsonObject> {
    const table = await this.#dynalite.table(name);
    if (!asked || typeof asked.AttributeName !== 'string' || typeof asked.Enabled !== 'boolean') {
      throw new AwsError('ValidationException', 'TimeToLiveSpecification needs AttributeName and Enabled');
    }
    const { ttl: present, ...settings } = this.#settings.get(name) ?? {};
    const ttl = asked.Enabled ? asked.AttributeName : undefined;
    if (ttl === present) {
      const state = ttl ? 'enabled' : 'disabled';
      throw new AwsError('ValidationException', `TimeToLive is already ${state}`);
    }
    await this.#remember(name, ttl ? { ...settings, ttl } : settings);
    if (ttl) await this.#watchExpiry(table, ttl);
    else this.#expiry.forget(name);
    return { TimeToLiveSpecification: asked };
  }

  async #watchExpiry(table: Table, attribute: string): Promise<void> {
    this.#expiry.watch(table, attribute);
    const prefix = `item-${table.TableName}~`;
    for await (const [, value] of this.#dynalite.store.db.iterator({ gte: prefix, lt: `${prefix}~` })) {
      this.#expiry.track({ table, before: undefined, after: value as Item });
    }
  }

  async #remember(name: string, settings: Settings): Promise<void> {
    this.#settings.set(name, settings);
    await this.#dynalite.store.db.put(`settings~${name}`, settings);
  }

  /** Removes a table and all it has. Dynalite's own delete reads every key of every table. */
  async #delete(name: string): Promise<void> {
    this.#settings.delete(name);
    this.#streams.delete(name);
    this.#expiry.forget(name);
    const { db } = this.#dynalite.store;
    await db.batch([
      { type: 'del', key: `table~${name}` },
      { type: 'del', key: `settings~${name}` },
    ]);
    const spaces = ['item-', 'tag-', 'index-global~', 'index-local~'].map((kind) => `${kind}${name}~`);
    const ranges = [...spaces.map((gte) => ({ gte, lt: `${gte}~` })), recordRange(name)];
    for (const range of ranges) {
      let batch: BatchOperation[] = [];
      for await (const [key] of db.iterator({ ...range, valueEncoding: 'utf8' })) {
        batch.push({ type: 'del', key });
        if (batch.length < deleteBatch) continue;
        await db.batch(batch);
        batch = [];
      }
      await db.batch(batch);
    }
  }

  #list(input: JsonObject): JsonObject {
    const after = String(input.ExclusiveStartTableName ?? '');
    const limit = Number(input.Limit ?? listLimit);
    if (!(limit >= 1 && limit <= listLimit)) {
      throw new AwsError('ValidationException', `Limit ${input.Limit} is not between 1 and ${listLimit}`);
    }
    const names = [...this.#settings.keys()].filter((name) => name > after).sort();
    const TableNames = names.slice(0, limit);
    return { TableNames, ...(names.length > limit ? { LastEvaluatedTableName: TableNames.at(-1) } : {}) };
  }

  #streamMembers(name: string): JsonObject {
    const stream = this.#settings.get(name)?.stream;
    if (!stream) return {};
    return {
      LatestStreamArn: this.#streams.arn(name),
      LatestStreamLabel: stream.label,
      ...(stream.enabled
        ? { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType } }
        : {}),
    };
  }
}
