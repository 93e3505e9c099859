import { flag, integer, oneOf, refusal, textLike } from '../cloudformation/property.ts';
import type { Resource } from '../cloudformation/resource-kind.ts';
import type { DynamoDb } from '../dynamodb/dynamodb.ts';
import { type EventPattern, parsePattern } from '../events/event-filter.ts';
import type { Faults } from '../faults/faults.ts';
import type { Access } from '../iam/access.ts';
import { type Functions, functionArn } from '../lambda/functions.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { Log } from '../wire/log.ts';

/** What the template says about an event source mapping. Times are milliseconds, not yet scaled. */
export interface MappingSettings {
  /** The same at every start. */
  readonly id: string;
  /** Construct path, for logs. */
  readonly path: string;
  readonly sourceArn: string;
  readonly functionArn: string;
  readonly batchSize: number;
  readonly windowMs: number;
  /** One must match; none lets everything through. */
  readonly patterns: readonly EventPattern[];
  readonly reportsFailures: boolean;
  /** Of a queue: batches that may be in work at a time. */
  readonly maxConcurrency: number | undefined;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly bisects: boolean;
  /** Infinity for no limit; so are the ages. */
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  readonly parallelization: number;
  /** ARN of the queue that hears of records given up. */
  readonly onFailureArn: string | undefined;
}

/** What event source mappings work with. */
export interface MappingPorts {
  readonly access: Pick<Access, 'authorize'>;
  readonly faults: Pick<Faults, 'strike'>;
  readonly functions: Pick<Functions, 'find' | 'invoke'>;
  readonly dynamodb: Pick<DynamoDb, 'perform' | 'waitForRecords'>;
  readonly queue: Sqs['queue'];
  /** Factor on batching windows, pauses and visibility timeouts. */
  readonly timeScale: number;
  readonly log: Log;
}

const onlyStreams = `BisectBatchOnFunctionError MaximumRetryAttempts MaximumRecordAgeInSeconds
  ParallelizationFactor StartingPosition DestinationConfig`.split(/\s+/);

/**
 * Reads the properties of an `AWS::Lambda::EventSourceMapping`.
 * @throws Error naming the property, its value and what is allowed.
 */
export function mappingSettings({ properties, path, logicalId }: Resource): MappingSettings {
  const number = (name: string, fallback: number, min: number, max: number) =>
    integer(properties, name, { fallback, min, max });
  const { EventSourceArn, FunctionName, StartingPosition, FilterCriteria, ScalingConfig } = properties;
  const sourceArn = String(EventSourceArn);
  const isStream = isStreamArn(sourceArn);
  if (!isStream && !sourceArn.startsWith('arn:aws:sqs:'))
    throw refusal('EventSourceArn', EventSourceArn, 'streams of DynamoDB tables, and queues');
  const [misplaced] = isStream ? [] : onlyStreams.filter((name) => properties[name] !== undefined);
  if (misplaced) throw new Error(`${misplaced} is for streams, not for queues`);
  if (isStream) oneOf(properties, 'StartingPosition', ['TRIM_HORIZON', 'LATEST']);
  if (isStream && ScalingConfig !== undefined)
    throw new Error('ScalingConfig is for queues, not for streams');
  const maxConcurrency = ScalingConfig && integer(ScalingConfig, 'MaximumConcurrency', { min: 2, max: 1000 });
  const ageSeconds = number('MaximumRecordAgeInSeconds', -1, -1, 604_800);
  if (ageSeconds > -1 && ageSeconds < 60)
    throw refusal('MaximumRecordAgeInSeconds', ageSeconds, '-1, or 60 to 604800');
  const windowSeconds = number('MaximumBatchingWindowInSeconds', 0, 0, 300);
  const batchSize = number('BatchSize', isStream ? 100 : 10, 1, 10_000);
  if (!isStream && batchSize > 10 && windowSeconds === 0)
    throw new Error(
      `BatchSize is ${batchSize}; above 10 a queue needs MaximumBatchingWindowInSeconds of at least 1`,
    );
  const { FunctionResponseTypes = [], DestinationConfig } = properties;
  for (const type of FunctionResponseTypes)
    oneOf({ FunctionResponseTypes: type }, 'FunctionResponseTypes', ['ReportBatchItemFailures']);
  const onFailureArn =
    DestinationConfig?.OnFailure &&
    textLike(DestinationConfig.OnFailure, 'Destination', /^arn:aws:sqs:/, 'the ARN of a queue');
  const filters: readonly { readonly Pattern: unknown }[] = FilterCriteria?.Filters ?? [];
  // Lambda's limit, where the quota was raised.
  if (filters.length > 10) throw refusal('Filters', filters.length, 'up to 10 filters');
  return {
    id: logicalId,
    path,
    sourceArn,
    functionArn: functionArn(String(FunctionName)),
    batchSize,
    windowMs: windowSeconds * 1000,
    patterns: filters.map((filter) =>
      parsePattern(textLike({ ...filter }, 'Pattern', /./s, 'a pattern as JSON text')),
    ),
    reportsFailures: FunctionResponseTypes.length > 0,
    maxConcurrency,
    startingPosition: StartingPosition,
    bisects: flag(properties, 'BisectBatchOnFunctionError'),
    maxRetries: orInfinity(number('MaximumRetryAttempts', -1, -1, 10_000)),
    maxAgeMs: orInfinity(ageSeconds) * 1000,
    parallelization: number('ParallelizationFactor', 1, 1, 10),
    onFailureArn,
  };
}

export const isStreamArn = (arn: string): boolean => /^arn:aws:dynamodb:.*:table\/.*\/stream\//.test(arn);

/**
 * Checks that the function's role may do what Lambda does in its name.
 * @throws AwsError naming the action and the resource.
 */
export function authorizeMapping(
  settings: MappingSettings,
  { access, functions }: Pick<MappingPorts, 'access' | 'functions'>,
): void {
  const definition = functions.find(settings.functionArn);
  if (!definition) throw new Error(`FunctionName is ${settings.functionArn}; there is no such function`);
  const actions = isStreamArn(settings.sourceArn)
    ? ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams']
    : ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  const { role } = definition;
  for (const action of actions) access.authorize(role, action, settings.sourceArn);
  if (settings.onFailureArn) access.authorize(role, 'sqs:SendMessage', settings.onFailureArn);
}

/**
 * What a function reports of its batch: the identifiers that failed, or `all` for a report that is not valid.
 * Nothing reported is nothing failed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function reportedFailures(payload: unknown, known: ReadonlySet<string>): readonly string[] | 'all' {
  const failures = (payload as { readonly batchItemFailures?: unknown } | null | undefined)
    ?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return 'all';
  const identifiers = failures.map((failure) => failure?.itemIdentifier);
  return identifiers.every((identifier) => known.has(identifier)) ? identifiers : 'all';
}

const orInfinity = (value: number): number => (value === -1 ? Number.POSITIVE_INFINITY : value);
