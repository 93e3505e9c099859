import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Job } from '../../domain/job/job.ts';
import type { JobHistory, JobHistoryQuery } from '../ports/job-history.ts';
import { createDocumentClient } from './dynamodb.ts';
import { jobOf } from './job-item.ts';

/** Maximum number of pages that are read for one answer, so that a filter with few matches ends. */
const maxPages = 10;

/** Items to read per page when the results are filtered. */
const filteredPageSize = 200;

/** Jobs by owner, in an index of the jobs table. */
export function createJobHistory(config: { table: string; byOwnerIndex: string }): JobHistory {
  const { table: TableName, byOwnerIndex: IndexName } = config;
  const client = createDocumentClient();

  return {
    async list({ owner, status, limit, cursor }: JobHistoryQuery) {
      const jobs: Job[] = [];
      let startKey: { readonly owner?: string; readonly jobId?: string } | undefined = cursor
        ? { owner, jobId: cursor }
        : undefined;
      for (let page = 0; page < maxPages; page++) {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName,
            IndexName,
            KeyConditionExpression: '#owner = :owner',
            ExpressionAttributeNames: { '#owner': 'owner', ...(status && { '#status': 'status' }) },
            ExpressionAttributeValues: { ':owner': owner, ...(status && { ':status': status }) },
            FilterExpression: status && '#status = :status',
            ScanIndexForward: false,
            // One more than requested, to see whether there is another page. DynamoDB filters after it has read, so a
            // filtered page reads more.
            Limit: status === undefined ? limit + 1 : filteredPageSize,
            ExclusiveStartKey: startKey,
          }),
        );
        jobs.push(...Items.map((item) => jobOf(item, TableName)));
        startKey = LastEvaluatedKey;
        if (jobs.length > limit || startKey === undefined) break;
      }
      const shown = jobs.slice(0, limit);
      return { jobs: shown, cursor: jobs.length > limit ? shown.at(-1)?.jobId : startKey?.jobId };
    },
  };
}
