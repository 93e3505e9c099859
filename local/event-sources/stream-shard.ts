import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../cloud.ts';
import type { DynamoDb } from '../endpoints/dynamodb.ts';
import { matchesPattern } from './event-filter.ts';
import type { MappingCloud, MappingSettings } from './event-source-mapping.ts';
import { deliverBatch, type StreamRecord, sequenceOf } from './stream-batch.ts';
import type { Checkpoint } from './stream-checkpoints.ts';
import { StreamLane } from './stream-lane.ts';

/** Records read ahead of those that are done; bounds memory while a batch blocks. */
const maxAhead = 10_000;
const pauseAfterFailureMs = 1_000;

/** What a shard's reader works with. */
export interface ShardContext {
  readonly settings: MappingSettings;
  readonly cloud: MappingCloud;
  readonly dynamodb: Pick<DynamoDb, 'perform' | 'waitForRecords'>;
  readonly shardId: string;
  /** Name of the key attribute whose values keep their order. */
  readonly partitionKey: string;
  readonly checkpoint: Checkpoint | undefined;
  /** Where to begin without a checkpoint. */
  readonly position: 'TRIM_HORIZON' | 'LATEST';
  readonly stopping: AbortSignal;
  save(checkpoint: Checkpoint): void;
  /** Hears that the shard's reader has its place: whatever is written from now on, it will see. */
  placed(): void;
}

/** Reads one shard to its end and has its records delivered. Settles when all of them are done, or at shutdown. */
export async function consumeShard(context: ShardContext): Promise<void> {
  const { settings, cloud, dynamodb, shardId, stopping } = context;
  const { sourceArn } = settings;
  /** Records that were read, in order; the checkpoint follows the first that is not done. */
  const ahead: { readonly sequence: string; isDone: boolean }[] = [];
  const bySequence = new Map<string, { isDone: boolean }>();
  let progress = Promise.withResolvers<void>();
  stopping.addEventListener('abort', () => progress.resolve(), { once: true });

  const done = (sequences: readonly string[]) => {
    for (const sequence of sequences) {
      const entry = bySequence.get(sequence);
      if (entry) entry.isDone = true;
    }
    const open = ahead.findIndex(({ isDone }) => !isDone);
    const finished = ahead.splice(0, open === -1 ? ahead.length : open);
    for (const { sequence } of finished) bySequence.delete(sequence);
    const last = finished.at(-1);
    if (last) context.save({ sequence: last.sequence, iterator: null });
    progress.resolve();
    if (!stopping.aborted) progress = Promise.withResolvers();
  };

  const laneSettings = {
    batchSize: settings.batchSize,
    windowMs: settings.windowMs * cloud.options.timeScale,
  };
  const batches = {
    settings,
    cloud,
    shardId,
    stopping,
    done: (records: readonly StreamRecord[]) => done(records.map(sequenceOf)),
  };
  const lanes = Array.from(
    { length: settings.parallelization },
    () => new StreamLane(laneSettings, stopping, (batch) => deliverBatch(batch, batches)),
  );
  const accept = (records: readonly StreamRecord[]) => {
    const filtered: string[] = [];
    for (const read of records) {
      const record = { ...read, eventSourceARN: sourceArn };
      const entry = { sequence: sequenceOf(record), isDone: false };
      ahead.push(entry);
      bySequence.set(entry.sequence, entry);
      const isWanted =
        settings.patterns.length === 0 ||
        settings.patterns.some((pattern) => matchesPattern(pattern, record));
      if (isWanted) lanes[laneOf(record, context.partitionKey, lanes.length)]?.push(record);
      else filtered.push(entry.sequence);
    }
    if (filtered.length > 0) done(filtered);
  };

  const call = (operation: string, input: JsonObject) => dynamodb.perform({ operation, input });
  const iteratorAt = async (position: object): Promise<string> =>
    String(
      (await call('GetShardIterator', { StreamArn: sourceArn, ShardId: shardId, ...position })).ShardIterator,
    );

  let lastRead = context.checkpoint?.sequence ?? undefined;
  let iterator: string | undefined = context.checkpoint?.iterator ?? undefined;
  let isEnded = false;
  while (!stopping.aborted && !isEnded) {
    try {
      if (iterator === undefined) {
        const after = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: lastRead };
        iterator = await iteratorAt(lastRead ? after : { ShardIteratorType: context.position });
        // From now on the mapping has a place in the stream, also when the process ends before the first record.
        if (!lastRead) context.save({ sequence: null, iterator });
      }
      context.placed();
      const { Records, NextShardIterator } = await call('GetRecords', { ShardIterator: iterator });
      const records = (Records ?? []) as StreamRecord[];
      accept(records);
      lastRead = records.at(-1)?.dynamodb.SequenceNumber ?? lastRead;
      iterator = NextShardIterator as string | undefined;
      isEnded = iterator === undefined;
      if (records.length === 0 && !isEnded) await dynamodb.waitForRecords(sourceArn, iterator);
      while (ahead.length >= maxAhead && !stopping.aborted) await progress.promise;
    } catch (error) {
      if (stopping.aborted) return;
      const { name, message } = error as Error;
      cloud.log({ level: 'warn', message: `${settings.path} could not read its stream`, error: message });
      iterator = undefined;
      if (['TrimmedDataAccessException', 'ValidationException'].includes(name)) {
        // Its place is no longer there: go on with the oldest record that is.
        iterator = await iteratorAt({ ShardIteratorType: 'TRIM_HORIZON' }).catch(() => undefined);
        lastRead = undefined;
      }
      await wait(pauseAfterFailureMs, undefined, { signal: stopping }).catch(() => {});
    }
  }
  while (ahead.length > 0 && !stopping.aborted) await progress.promise;
}

/** Records of one partition key share a lane, so that their order is kept. */
function laneOf({ dynamodb }: StreamRecord, partitionKey: string, lanes: number): number {
  if (lanes === 1) return 0;
  const digest = createHash('md5').update(JSON.stringify(dynamodb.Keys[partitionKey])).digest();
  return digest.readUInt32BE(0) % lanes;
}
