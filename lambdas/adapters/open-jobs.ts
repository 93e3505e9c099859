import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { OpenJobs } from '../ports/open-jobs.ts';
import { createDocumentClient } from './dynamodb.ts';
import { openShards } from './job-item.ts';

/** Jobs that have not ended for good, in a sparse index of the jobs table. */
export function createOpenJobs(config: { table: string; openIndex: string }): OpenJobs {
  const { table: TableName, openIndex: IndexName } = config;
  const client = createDocumentClient();

  return {
    listOpen: (at) => list('sweepFrom < :at', at),
    // A job that is not over yet is swept from its acceptance on, which is in the past.
    listRedrivable: (at) => list('sweepFrom >= :at', at),
  };

  async function* list(condition: string, at: Date): AsyncIterable<string> {
    for (const open of openShards) {
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
        for (const { jobId } of Items as { readonly jobId: string }[]) yield jobId;
        startKey = LastEvaluatedKey;
      } while (startKey);
    }
  }
}
