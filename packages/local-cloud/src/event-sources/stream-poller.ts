import { systemClock } from './clock.ts';
import type { MappingPorts, MappingSettings } from './event-source-mapping.ts';
import type { StreamCheckpoints } from './stream-checkpoints.ts';
import { consumeShard } from './stream-shard.ts';

interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

interface StreamDescription {
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly Shards?: readonly Shard[];
  readonly LastEvaluatedShardId?: string;
}

const pauseMs = 1_000;

/**
 * Feeds a function from a DynamoDB stream. A shard is read when its parent is done, so that the order of an item's
 * changes is kept.
 * @returns `placed` settles when nothing that is written from then on is missed; `stop` does not wait for the batches
 *   in work.
 */
export function pollStream(
  settings: MappingSettings,
  ports: MappingPorts,
  checkpoints: StreamCheckpoints,
): { readonly placed: Promise<void>; readonly stop: () => void } {
  const { dynamodb } = ports;
  const stopping = new AbortController();
  const { id, sourceArn } = settings;
  const saved = checkpoints.of(id, sourceArn);
  const started = new Set<string>();
  const finished = new Set<string>();
  const places: Promise<void>[] = [];
  /** Shards that were there at the very first look; later ones are read from their beginning. */
  let initial: ReadonlySet<string> | undefined = saved.size > 0 ? new Set() : undefined;

  async function discover(): Promise<void> {
    let description: StreamDescription | undefined;
    while (!description && !stopping.signal.aborted) {
      description = await describe(dynamodb, sourceArn).catch((error) => {
        const message = `${settings.path} could not read its stream`;
        ports.log({ level: 'warn', message, error: String(error) });
        return undefined;
      });
      // An outside endpoint may show a new stream's first shard a little later.
      if (description?.Shards?.length === 0 && initial === undefined) description = undefined;
      if (!description) await systemClock.wait(pauseMs, stopping.signal);
    }
    const { Shards = [], KeySchema = [] } = description ?? {};
    const known = new Set(Shards.map(({ ShardId }) => ShardId));
    initial ??= known;
    const partitionKey = KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
    for (const { ShardId, ParentShardId } of Shards) {
      const isReady = !ParentShardId || !known.has(ParentShardId) || finished.has(ParentShardId);
      if (started.has(ShardId) || !isReady || stopping.signal.aborted) continue;
      started.add(ShardId);
      const { promise: placed, resolve } = Promise.withResolvers<void>();
      places.push(placed);
      void consume(ShardId, partitionKey, resolve);
    }
  }

  async function consume(shardId: string, partitionKey: string, placed: () => void): Promise<void> {
    await consumeShard({
      settings,
      ports,
      shardId,
      partitionKey,
      checkpoint: saved.get(shardId),
      position: initial?.has(shardId) ? settings.startingPosition : 'TRIM_HORIZON',
      stopping: stopping.signal,
      clock: systemClock,
      placed,
      save: (checkpoint) => checkpoints.save(id, sourceArn, shardId, checkpoint),
    });
    placed();
    finished.add(shardId);
    if (!stopping.signal.aborted) await discover();
  }

  const placed = discover().then(() => Promise.all(places));
  return { placed: placed.then(() => {}), stop: () => stopping.abort() };
}

/** The description with all its shards. */
async function describe(dynamodb: MappingPorts['dynamodb'], StreamArn: string): Promise<StreamDescription> {
  const shards: Shard[] = [];
  let from: string | undefined;
  for (;;) {
    const input = { StreamArn, ...(from && { ExclusiveStartShardId: from }) };
    const { StreamDescription } = await dynamodb.perform({ operation: 'DescribeStream', input });
    const description = StreamDescription as StreamDescription;
    shards.push(...(description.Shards ?? []));
    from = description.LastEvaluatedShardId;
    if (from === undefined) return { ...description, Shards: shards };
  }
}
