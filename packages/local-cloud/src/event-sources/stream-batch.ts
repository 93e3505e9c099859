import { randomUUID } from 'node:crypto';
import type { Invocation } from '../lambda/functions.ts';
import type { Clock } from './clock.ts';
import { type MappingPorts, type MappingSettings, reportedFailures } from './event-source-mapping.ts';

/** A record as a function gets it. */
export interface StreamRecord {
  readonly dynamodb: {
    readonly SequenceNumber: string;
    /** Seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Readonly<Record<string, unknown>>;
  };
  readonly [member: string]: unknown;
}

/** First and longest pause before a batch is tried again, before scaling. */
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Where batches come from and go to. */
export interface BatchContext {
  readonly settings: MappingSettings;
  readonly ports: Pick<MappingPorts, 'faults' | 'functions' | 'queue' | 'timeScale' | 'log'>;
  readonly shardId: string;
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  /** Hears of records that need no more delivery. */
  done(records: readonly StreamRecord[]): void;
}

/**
 * Delivers a batch to its function until every record succeeded or was given up, as Lambda does: what follows waits.
 * Returns early at shutdown; what is not done then is delivered by the next process.
 */
export async function deliverBatch(batch: readonly StreamRecord[], context: BatchContext): Promise<void> {
  const { settings, ports, stopping, clock, done } = context;
  let left = batch;
  let retries = 0;
  let invocations = 0;
  let pauseMs = firstPauseMs;

  while (left.length > 0 && !stopping.aborted) {
    const expired = left.filter((record) => clock.now() - arrivalMs(record) > settings.maxAgeMs);
    if (expired.length > 0) {
      giveUp(expired, 'RecordAgeExceeded', invocations, context);
      left = left.filter((record) => !expired.includes(record));
      continue;
    }

    const event = { Records: left };
    const fault = ports.faults.strike({ kind: 'stream', name: 'stream' });
    if (fault?.effect === 'delay') await clock.wait(fault.ms, stopping);
    // As when Lambda loses its place: the first delivery counts for nothing.
    if (fault?.effect === 'duplicate') await ports.functions.invoke(settings.functionArn, event);
    const invocation = await ports.functions.invoke(settings.functionArn, event);
    if (stopping.aborted && !invocation.ok) return;
    invocations += 1;
    const succeeded = countSucceeded(left, invocation, settings);
    done(left.slice(0, succeeded));
    left = left.slice(succeeded);
    if (left.length === 0) return;

    // Where the function was not reached, the batch is not to blame: that costs neither retries nor a split.
    const isReached = invocation.ok || !['throttled', 'service'].includes(invocation.kind);
    if (isReached && settings.bisects && left.length > 1) {
      const middle = Math.ceil(left.length / 2);
      await deliverBatch(left.slice(0, middle), context);
      await deliverBatch(left.slice(middle), context);
      return;
    }
    if (succeeded > 0) {
      // A batch that got further is a new one.
      retries = 0;
      pauseMs = firstPauseMs;
    } else if (isReached) {
      if (retries >= settings.maxRetries) return giveUp(left, 'RetryAttemptsExhausted', invocations, context);
      retries += 1;
    }
    await clock.wait(pauseMs * ports.timeScale, stopping);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** How many records from the first on need no retry. */
function countSucceeded(
  records: readonly StreamRecord[],
  invocation: Invocation,
  { reportsFailures }: MappingSettings,
): number {
  if (!invocation.ok) return 0;
  if (!reportsFailures) return records.length;
  const sequences = records.map(sequenceOf);
  const failures = reportedFailures(invocation.payload, new Set(sequences));
  if (failures === 'all') return 0;
  const first = sequences.findIndex((sequence) => failures.includes(sequence));
  return first === -1 ? records.length : first;
}

/** Tells the destination about records that will never be delivered; their content stays in the stream. */
function giveUp(
  records: readonly StreamRecord[],
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded',
  approximateInvokeCount: number,
  { settings: { path, functionArn, sourceArn, onFailureArn }, ports, shardId, done }: BatchContext,
): void {
  const [first, last] = [records[0] as StreamRecord, records.at(-1) as StreamRecord];
  const notice = {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: sequenceOf(first),
      endSequenceNumber: sequenceOf(last),
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: records.length,
      streamArn: sourceArn,
    },
  };
  ports.log({ level: 'warn', message: `${path} gave up records of its stream`, ...notice });
  try {
    if (onFailureArn) ports.queue(onFailureArn).send({ body: JSON.stringify(notice) });
  } catch (error) {
    // As on AWS, records are gone also when their destination is.
    ports.log({ level: 'error', message: `${path} has no destination`, error: String(error) });
  }
  done(records);
}

export const sequenceOf = ({ dynamodb }: StreamRecord): string => dynamodb.SequenceNumber;
const arrivalMs = ({ dynamodb }: StreamRecord) => dynamodb.ApproximateCreationDateTime * 1000;
const arrival = (record: StreamRecord) => new Date(arrivalMs(record)).toISOString().replace('.000Z', 'Z');
