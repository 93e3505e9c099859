import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { OpenJobs } from '../ports/open-jobs.ts';
import { createDocumentClient } from './dynamodb.ts';
import { openShards } from './job-item.ts';

/** Jobs that have not ended for good, in a sparse index of the jobs table. */
export function createOpenJobs(config: { table: string; openIndex: string }): OpenJobs {
  const { table: TableName, openIndex: IndexName } = config;
  const client = createDocumentClient();

  return {
    async *listOpen(at) {
      for (const open of openShards) {
        let startKey: QueryCommandOutput['LastEvaluatedKey'];
        do {
          const { Items = [], LastEvaluatedKey }: QueryCommandOutput = await client.send(
            new QueryCommand({
              TableName,
              IndexName,
              KeyConditionExpression: '#open = :open AND sweepFrom < :at',
              ExpressionAttributeNames: { '#open': 'open' },
              ExpressionAttributeValues: { ':open': open, ':at': at.toISOString() },
              ExclusiveStartKey: startKey,
            }),
          );
          for (const { jobId } of Items as { readonly jobId: string }[]) yield jobId;
          startKey = LastEvaluatedKey;
        } while (startKey);
      }
    },
  };
}
