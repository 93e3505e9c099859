import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { OpenJobs } from '../ports/open-jobs.ts';
import { createDocumentClient } from './dynamodb.ts';
import { type JobItem, openShards } from './job-item.ts';

/** Jobs that have not ended for good, in a sparse index of the jobs table. */
export function createOpenJobs(config: { table: string; openIndex: string }): OpenJobs {
  const { table: TableName, openIndex: IndexName } = config;
  const client = createDocumentClient();

  return {
    listOpen: (at) => openShards.map((open) => idsOf(list(open, 'sweepFrom < :at', at))),

    async *listRedrivable(at) {
      // A job that is not over yet is swept from its acceptance on, which is in the past.
      for (const open of openShards)
        for await (const { jobId, sweepFrom } of list(open, 'sweepFrom >= :at', at))
          yield { jobId, until: sweepFrom };
    },

    async page(limit, cursor) {
      let [shard, startKey] = positionOf(cursor);
      const jobIds: string[] = [];
      for (
        let open = openShards[shard];
        open !== undefined && jobIds.length < limit;
        open = openShards[shard]
      ) {
        const { Items = [], LastEvaluatedKey }: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName,
            IndexName,
            KeyConditionExpression: '#open = :open',
            ExpressionAttributeNames: { '#open': 'open' },
            ExpressionAttributeValues: { ':open': open },
            Limit: limit - jobIds.length,
            ExclusiveStartKey: startKey,
          }),
        );
        jobIds.push(...Items.map(({ jobId }) => String(jobId)));
        startKey = LastEvaluatedKey;
        if (!startKey) shard++;
      }
      return { jobIds, ...(shard < openShards.length && { cursor: cursorAt([shard, startKey]) }) };
    },
  };

  async function* list(open: string, condition: string, at: Date): AsyncIterable<Entry> {
    let startKey: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const { Items = [], LastEvaluatedKey }: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName,
          IndexName,
          KeyConditionExpression: `#open = :open AND ${condition}`,
          ExpressionAttributeNames: { '#open': 'open' },
          ExpressionAttributeValues: { ':open': open, ':at': at.toISOString() },
          ExclusiveStartKey: startKey,
        }),
      );
      yield* Items as Entry[];
      startKey = LastEvaluatedKey;
    } while (startKey);
  }
}

async function* idsOf(entries: AsyncIterable<Entry>): AsyncIterable<string> {
  for await (const { jobId } of entries) yield jobId;
}

/** What the index holds of a job. */
type Entry = Required<Pick<JobItem, 'jobId' | 'sweepFrom'>>;

/** A place in the index: the partition's number, and the last key that was read of it. */
type Position = [shard: number, startKey: QueryCommandOutput['LastEvaluatedKey']];

const cursorAt = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url');

const positionOf = (cursor: string | undefined): Position => {
  if (cursor === undefined) return [0, undefined];
  const [shard, startKey] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return [shard, startKey ?? undefined];
};
