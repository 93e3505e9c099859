import { createHash } from 'node:crypto';
import type { JsonObject } from '../wire/aws-service.ts';
import type { Clock } from './clock.ts';
import type { MappingPorts, MappingSettings } from './event-source-mapping.ts';
import { deliverBatch, type StreamRecord, sequenceOf } from './stream-batch.ts';
import type { Checkpoint } from './stream-checkpoints.ts';
import { streamLane } from './stream-lane.ts';

/** Records that wait for their delivery; bounds memory while batches block. */
const maxOpen = 10_000;
const pauseAfterFailureMs = 1_000;

/** What the reader of a shard works with. */
export interface ShardContext {
  readonly settings: MappingSettings;
  readonly ports: Omit<MappingPorts, 'access'>;
  readonly shardId: string;
  /** Name of the key attribute whose values keep their order. */
  readonly partitionKey: string;
  readonly checkpoint: Checkpoint | undefined;
  /** Where to begin without a checkpoint. */
  readonly position: 'TRIM_HORIZON' | 'LATEST';
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  save(checkpoint: Checkpoint): void;
  /** Hears that the shard's reader has its place: whatever is written from now on, it will see. */
  placed(): void;
}

/** Reads one shard to its end and has its records delivered. Settles when all of them are done, or at shutdown. */
export async function consumeShard(context: ShardContext): Promise<void> {
  const { settings, ports, shardId, stopping, clock } = context;
  const { dynamodb, log, timeScale } = ports;
  const { sourceArn } = settings;
  /** Records that were read and are not done, in order, each with the one read before it: where a restart begins. */
  const open = new Map<string, string | undefined>();
  let lastRead = context.checkpoint?.sequence ?? undefined;
  let saved = lastRead;
  let progress = Promise.withResolvers<void>();
  stopping.addEventListener('abort', () => progress.resolve(), { once: true });

  const save = () => {
    const [before] = open.values();
    const sequence = open.size > 0 ? before : lastRead;
    if (sequence === undefined || sequence === saved) return;
    context.save({ sequence, iterator: null });
    saved = sequence;
  };
  const done = (records: readonly StreamRecord[]) => {
    for (const record of records) open.delete(sequenceOf(record));
    save();
    progress.resolve();
    if (!stopping.aborted) progress = Promise.withResolvers();
  };

  const { batchSize, patterns, parallelization } = settings;
  const windowMs = settings.windowMs * timeScale;
  const batches = { settings, ports, shardId, stopping, clock, done };
  const lanes = Array.from({ length: parallelization }, () =>
    streamLane({ batchSize, windowMs }, stopping, (batch) => deliverBatch(batch, batches)),
  );
  const accept = (records: readonly StreamRecord[]) => {
    for (const read of records) {
      const record = { ...read, eventSourceARN: sourceArn };
      const sequence = sequenceOf(record);
      if (patterns.length === 0 || patterns.some((matches) => matches(record))) {
        open.set(sequence, lastRead);
        lanes[laneOf(record, context.partitionKey, lanes.length)]?.(record);
      }
      lastRead = sequence;
    }
    save();
  };

  const call = (operation: string, input: JsonObject) => dynamodb.perform({ operation, input });

  let iterator: string | undefined = context.checkpoint?.iterator ?? undefined;
  let position = context.checkpoint ? 'TRIM_HORIZON' : context.position;
  let isEnded = false;
  while (!stopping.aborted && !isEnded) {
    try {
      if (iterator === undefined) {
        const after = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: lastRead };
        const place = lastRead ? after : { ShardIteratorType: position };
        const input = { StreamArn: sourceArn, ShardId: shardId, ...place };
        const { ShardIterator } = await call('GetShardIterator', input);
        iterator = String(ShardIterator);
        // From now on the mapping has a place in the stream, also when the process ends before the first record.
        if (!lastRead) context.save({ sequence: null, iterator });
        position = 'TRIM_HORIZON';
      }
      context.placed();
      const { Records, NextShardIterator } = await call('GetRecords', { ShardIterator: iterator });
      const records = (Records ?? []) as StreamRecord[];
      accept(records);
      iterator = NextShardIterator as string | undefined;
      isEnded = iterator === undefined;
      if (records.length === 0 && !isEnded) await dynamodb.waitForRecords(sourceArn, iterator);
      while (open.size >= maxOpen && !stopping.aborted) await progress.promise;
    } catch (error) {
      if (stopping.aborted) return;
      const { name, message } = error as Error;
      const isTrimmed = name === 'TrimmedDataAccessException';
      log({
        level: isTrimmed ? 'error' : 'warn',
        message: `${settings.path} ${isTrimmed ? 'came too late for records of' : 'could not read'} its stream`,
        error: message,
      });
      // Its place is no longer there: go on with the oldest record that is.
      if (isTrimmed || name === 'ValidationException') [lastRead, iterator] = [undefined, undefined];
      // Before the first record the iterator alone knows the place.
      if (lastRead || name === 'ExpiredIteratorException') iterator = undefined;
      await clock.wait(pauseAfterFailureMs, stopping);
    }
  }
  while (open.size > 0 && !stopping.aborted) await progress.promise;
}

/** Records of one partition key share a lane, so that their order is kept. */
function laneOf({ dynamodb }: StreamRecord, partitionKey: string, lanes: number): number {
  if (lanes === 1) return 0;
  const digest = createHash('md5').update(JSON.stringify(dynamodb.Keys[partitionKey])).digest();
  return digest.readUInt32BE(0) % lanes;
}
