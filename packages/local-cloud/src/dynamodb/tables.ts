import { randomUUID } from 'node:crypto';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, JsonObject } from '../wire/aws-service.ts';
import type { Dynalite } from './dynalite.ts';
import type { Store, TableState } from './store.ts';
import type { Streams } from './streams.ts';
import {
  checkShape,
  type DeclaredTable,
  keyNames,
  type TableDescription,
  type TableInput,
} from './table-description.ts';

const listLimit = 100;
const viewTypes = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];
const members = [
  ...['TableName', 'KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'BillingMode'],
  ...['ProvisionedThroughput', 'SSESpecification', 'DeletionProtectionEnabled', 'StreamSpecification'],
];
/** Throughput of a table or an index that is billed on demand. */
const onDemand = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };

/** What the operations on tables work with. */
export interface TablesPorts {
  readonly store: Store;
  readonly streams: Streams;
  readonly now: () => number;
}

/** The tables and the operations on them. */
export class Tables {
  readonly #ports: TablesPorts;
  readonly #byName: Map<string, TableState>;

  constructor(ports: TablesPorts) {
    this.#ports = ports;
    this.#byName = new Map(ports.store.tables().map((state) => [state.description.TableName, state]));
  }

  /**
   * @param detail Follows the message of the error.
   * @throws AwsError when there is no such table.
   */
  find(name: unknown, detail = ''): TableState {
    const state = this.#byName.get(String(name));
    if (state) return state;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found${detail}`);
  }

  all(): Iterable<TableState> {
    return this.#byName.values();
  }

  /** Undefined when the operation is none on tables. */
  perform({ operation, input }: AwsCall, validate: Dynalite['validate']): JsonObject | undefined {
    const { TableName } = input;
    const found = () => this.find(TableName, `: Table: ${TableName} not found`);
    switch (operation) {
      case 'ListTables':
        return this.#list(input);
      case 'CreateTable':
        if (this.#byName.has(String(TableName))) {
          throw new AwsError('ResourceInUseException', `Table already exists: ${TableName}`);
        }
        return { TableDescription: this.declare({ input: input as unknown as TableInput }, validate) };
      case 'DescribeTable':
        return { Table: this.#describe(found()) };
      case 'DeleteTable':
        return { TableDescription: this.#delete(found()) };
      case 'DescribeTimeToLive':
        return { TimeToLiveDescription: timeToLive(found()) };
      case 'DescribeContinuousBackups':
        return { ContinuousBackupsDescription: continuousBackups(found()) };
      default:
        return undefined;
    }
  }

  /** Creates a table, or gives an existing one the settings declared. */
  declare({ input, ttl, recoveryDays }: DeclaredTable, validate: Dynalite['validate']): TableDescription {
    const { store } = this.#ports;
    checkInput(input, validate);
    const present = this.#byName.get(input.TableName);
    if (present) checkShape(input, present.description);
    const state: TableState = {
      description: {
        ...describe(input, present?.description, this.#ports.now()),
        ...this.#stream(input, present),
      },
      ...(ttl !== undefined && { ttl }),
      ...(recoveryDays !== undefined && { recoveryDays }),
    };
    this.#byName.set(input.TableName, state);
    void store.write(() => {
      store.putTable(state);
      if (ttl !== present?.ttl) store.expireBy(input.TableName, ttl);
    });
    return this.#describe(state);
  }

  /** Keeps a stream of the same view type, and else begins a new one. */
  #stream({ TableName, StreamSpecification }: TableInput, present?: TableState): Partial<TableDescription> {
    const { streams, now } = this.#ports;
    const { LatestStreamArn, LatestStreamLabel, StreamSpecification: before } = present?.description ?? {};
    const { StreamEnabled = false, StreamViewType = '' } = StreamSpecification ?? {};
    if (
      StreamEnabled &&
      before &&
      LatestStreamArn &&
      LatestStreamLabel &&
      StreamViewType === before.StreamViewType
    ) {
      return { StreamSpecification: before, LatestStreamArn, LatestStreamLabel };
    }
    if (LatestStreamArn) streams.delete(LatestStreamArn);
    if (!StreamEnabled) return {};
    const label = new Date(now()).toISOString().slice(0, -1);
    return {
      StreamSpecification: { StreamEnabled, StreamViewType },
      LatestStreamLabel: label,
      LatestStreamArn: `arn:aws:dynamodb:${region}:${account}:table/${TableName}/stream/${label}`,
    };
  }

  #describe({ description: { GlobalSecondaryIndexes, ...table } }: TableState): TableDescription {
    const { store } = this.#ports;
    const { count, bytes } = store.measure(table.TableName, '');
    const indexes = GlobalSecondaryIndexes?.map((index) => {
      const { count, bytes } = store.measure(table.TableName, index.IndexName);
      return { ...index, ItemCount: count, IndexSizeBytes: bytes };
    });
    const sizes = { ItemCount: count, TableSizeBytes: bytes };
    return { ...table, ...sizes, ...(indexes && { GlobalSecondaryIndexes: indexes }) };
  }

  #delete(state: TableState): TableDescription {
    const { store, streams } = this.#ports;
    const { TableName, DeletionProtectionEnabled, LatestStreamArn } = state.description;
    if (DeletionProtectionEnabled) {
      throw invalid(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    const described = this.#describe(state);
    this.#byName.delete(TableName);
    void store.write(() => store.deleteTable(TableName));
    if (LatestStreamArn) streams.delete(LatestStreamArn);
    return { ...described, TableStatus: 'DELETING' };
  }

  #list({ ExclusiveStartTableName = '', Limit = listLimit }: JsonObject): JsonObject {
    const limit = Number(Limit);
    if (!(limit >= 1 && limit <= listLimit))
      throw invalid(`Limit ${Limit} is not between 1 and ${listLimit}`);
    const names = [...this.#byName.keys()].filter((name) => name > String(ExclusiveStartTableName)).sort();
    const TableNames = names.slice(0, limit);
    return { TableNames, ...(names.length > limit && { LastEvaluatedTableName: TableNames.at(-1) }) };
  }
}

const invalid = (message: string) => new AwsError('ValidationException', message);

/** Checks what dynalite checks, and what it leaves out. */
function checkInput(input: TableInput, validate: Dynalite['validate']): void {
  const others = Object.keys(input).filter((name) => !members.includes(name));
  if (others.length > 0)
    throw invalid(`the embedded DynamoDB does not support ${others.join(', ')} of a table`);
  validate('CreateTable', { ...input });
  const {
    KeySchema,
    AttributeDefinitions,
    GlobalSecondaryIndexes = [],
    StreamSpecification,
    ...rest
  } = input;
  const used = [{ KeySchema }, ...GlobalSecondaryIndexes].flatMap((keyed) => keyNames(keyed.KeySchema));
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  if (defined.some((name) => !used.includes(name))) {
    throw invalid(
      'One or more parameter values were invalid: Some AttributeDefinitions are not used. ' +
        `AttributeDefinitions: [${defined.join(', ')}], keys used: [${used.join(', ')}]`,
    );
  }
  if ('KMSMasterKeyId' in (rest.SSESpecification ?? {}))
    throw invalid('there are no KMS keys on this machine');
  const { StreamEnabled, StreamViewType } = StreamSpecification ?? {};
  if (StreamEnabled && !viewTypes.includes(String(StreamViewType))) {
    throw invalid(`StreamViewType ${StreamViewType} is none of [${viewTypes.join(', ')}]`);
  }
}

function describe(input: TableInput, present: TableDescription | undefined, now: number): TableDescription {
  const {
    TableName,
    KeySchema,
    AttributeDefinitions,
    GlobalSecondaryIndexes,
    BillingMode,
    SSESpecification,
  } = input;
  const TableArn = `arn:aws:dynamodb:${region}:${account}:table/${TableName}`;
  const indexes = GlobalSecondaryIndexes?.map((index) => ({
    ...index,
    IndexArn: `${TableArn}/index/${index.IndexName}`,
    IndexStatus: 'ACTIVE',
    ProvisionedThroughput: { ...onDemand, ...index.ProvisionedThroughput },
  }));
  const settings = {
    ...(BillingMode === 'PAY_PER_REQUEST' && { BillingModeSummary: { BillingMode } }),
    ...(SSESpecification?.Enabled && { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' } }),
    CreationDateTime: present?.CreationDateTime ?? now / 1000,
  };
  return {
    TableName,
    TableArn,
    TableId: present?.TableId ?? randomUUID(),
    TableStatus: 'ACTIVE',
    KeySchema,
    AttributeDefinitions,
    ...(indexes && { GlobalSecondaryIndexes: indexes }),
    ...settings,
    ProvisionedThroughput: { ...onDemand, ...input.ProvisionedThroughput },
    DeletionProtectionEnabled: input.DeletionProtectionEnabled ?? false,
  };
}

function timeToLive({ ttl }: TableState): JsonObject {
  if (ttl === undefined) return { TimeToLiveStatus: 'DISABLED' };
  return { TimeToLiveStatus: 'ENABLED', AttributeName: ttl };
}

/** AWS enables continuous backups for every table; restoring to a point in time is a choice. */
function continuousBackups({ recoveryDays }: TableState): JsonObject {
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription:
      recoveryDays === undefined
        ? { PointInTimeRecoveryStatus: 'DISABLED' }
        : { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: recoveryDays },
  };
}
