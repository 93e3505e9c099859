import { randomUUID } from 'node:crypto';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Dynalite } from './dynalite.ts';
import { expireBy } from './expiry.ts';
import type { Store } from './store.ts';
import type { Streams } from './streams.ts';
import {
  checkShape,
  type DeclaredTable,
  type TableDescription,
  type TableState,
} from './table-description.ts';

const listLimit = 100;
/** Throughput of a table or an index that is billed on demand. */
const onDemand = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };

export interface TablesPorts {
  readonly store: Store;
  readonly streams: Streams;
  readonly dynalite: Dynalite;
  readonly now: () => number;
}

type Input = DeclaredTable['input'];
export type Tables = ReturnType<typeof createTables>;

/** The tables and the operations on them. */
export function createTables({ store, streams, dynalite: { validate }, now }: TablesPorts) {
  const byName = new Map<string, TableState>();
  for (const { name, state } of store.prepared('SELECT * FROM tables').all()) {
    byName.set(String(name), JSON.parse(String(state)));
  }

  /** @throws AwsError when there is no such table. */
  function find(name: unknown): TableState {
    const state = byName.get(String(name));
    if (state) return state;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
  }

  /** Creates a table, or gives an existing one the settings declared. */
  function declare({ input, ...extras }: DeclaredTable): TableDescription {
    const { TableName } = input;
    validate('CreateTable', input);
    const present = byName.get(TableName);
    if (present) checkShape(input, present.description);
    const description = describe(input, present?.description ?? {}, now());
    const state = { description, ...extras };
    byName.set(TableName, state);
    const { LatestStreamArn = '' } = present?.description ?? {};
    void store.write(() => {
      store.prepared('REPLACE INTO tables VALUES (?, ?)').run(TableName, JSON.stringify(state));
      if (extras.ttl !== present?.ttl) expireBy(store, TableName, extras.ttl);
      if (LatestStreamArn !== description.LatestStreamArn) streams.delete(LatestStreamArn);
    });
    return description;
  }

  /** Deletes a table with its items and its stream, unless it is protected or there is none. */
  function drop(name: string): void {
    const { LatestStreamArn = '', DeletionProtectionEnabled: isProtected } =
      byName.get(name)?.description ?? {};
    if (isProtected || !byName.delete(name)) return;
    void store.write(() => {
      store.prepared('DELETE FROM tables WHERE name = ?').run(name);
      store.prepared('DELETE FROM entry WHERE tbl = ?').run(name);
      streams.delete(LatestStreamArn);
    });
  }

  function list(input: JsonObject): JsonObject {
    const { ExclusiveStartTableName = '', Limit = listLimit } = validate('ListTables', input);
    const names = [...byName.keys()].filter((name) => name > String(ExclusiveStartTableName)).sort();
    const TableNames = names.slice(0, Number(Limit));
    const isCut = TableNames.length < names.length;
    return { TableNames, ...(isCut && { LastEvaluatedTableName: TableNames.at(-1) }) };
  }

  function measured({ description }: TableState): JsonObject {
    const query = `SELECT count(*) AS ItemCount, coalesce(sum(length(item)), 0) AS TableSizeBytes
      FROM entry WHERE tbl = ? AND idx = ''`;
    return { ...description, ...store.prepared(query).get(description.TableName) };
  }

  return {
    find,
    declare,
    drop,

    /** Undefined when the operation is none on tables. */
    perform({ operation, input }: AwsCall): JsonObject | undefined {
      const { TableName } = input;
      if (operation === 'ListTables') return list(input);
      if (operation === 'DescribeTable') return { Table: measured(find(TableName)) };
      if (operation === 'DescribeTimeToLive') return timeToLive(find(TableName));
      if (operation === 'DescribeContinuousBackups') return continuousBackups(find(TableName));
      if (operation !== 'CreateTable') return undefined;
      return { TableDescription: declare({ input: input as unknown as Input }) };
    },
  };
}

function describe(input: Input, present: Partial<TableDescription>, now: number): TableDescription {
  const { BillingMode, SSESpecification, StreamSpecification, GlobalSecondaryIndexes, ...table } = input;
  const TableArn = `arn:aws:dynamodb:${region}:${account}:table/${table.TableName}`;
  const indexes = GlobalSecondaryIndexes?.map((index) => ({
    ProvisionedThroughput: onDemand,
    ...index,
    IndexArn: `${TableArn}/index/${index.IndexName}`,
    IndexStatus: 'ACTIVE',
  }));
  // A stream of the same view type goes on, another begins anew.
  const isKept = present.StreamSpecification?.StreamViewType === StreamSpecification?.StreamViewType;
  const label = (isKept && present.LatestStreamLabel) || new Date(now).toISOString().slice(0, -1);
  const { TableId = randomUUID(), CreationDateTime = now / 1000 } = present;
  return {
    DeletionProtectionEnabled: false,
    ProvisionedThroughput: onDemand,
    ...table,
    ...{ TableArn, TableId, CreationDateTime, TableStatus: 'ACTIVE' },
    ...(indexes && { GlobalSecondaryIndexes: indexes }),
    ...(BillingMode === 'PAY_PER_REQUEST' && { BillingModeSummary: { BillingMode } }),
    ...(SSESpecification?.Enabled && { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' } }),
    ...(StreamSpecification?.StreamEnabled && {
      StreamSpecification,
      LatestStreamLabel: label,
      LatestStreamArn: `${TableArn}/stream/${label}`,
    }),
  };
}

const status = (setting: unknown) => (setting === undefined ? 'DISABLED' : 'ENABLED');

const timeToLive = ({ ttl }: TableState) => ({
  TimeToLiveDescription: { TimeToLiveStatus: status(ttl), ...(ttl && { AttributeName: ttl }) },
});

/** AWS enables continuous backups for every table; restoring to a point in time is a choice. */
function continuousBackups({ recoveryDays: days }: TableState) {
  const recovery = { PointInTimeRecoveryStatus: status(days), ...(days && { RecoveryPeriodInDays: days }) };
  const description = { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: recovery };
  return { ContinuousBackupsDescription: description };
}
