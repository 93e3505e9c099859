import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetCommand, type BatchGetCommandInput, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Job } from '../../domain/job/job.ts';
import type { JobHistory, JobHistoryQuery } from '../ports/job-history.ts';
import { createDocumentClient } from './dynamodb.ts';
import { jobOf } from './job-item.ts';

/** Maximum number of pages that are read for one answer, so that a filter with few matches ends. */
const maxPages = 10;

/** Jobs per page when the results are filtered: the most that BatchGetItem reads. */
const filteredPageSize = 100;

/** Calls for one page of jobs. DynamoDB leaves out what it has no capacity for at the moment. */
const maxBatches = 6;

/** Pause before the second call, in milliseconds; each one after it is twice as long, 0.8 seconds in all. */
const batchPauseMs = 25;

/** Jobs by owner: their ids from an index of keys, so that a change of a job does not write to it, then the jobs. */
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
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: { ':owner': owner },
            ScanIndexForward: false,
            // One more than requested, to see whether there is another page.
            Limit: status === undefined ? Math.min(limit + 1 - jobs.length, 100) : filteredPageSize,
            ExclusiveStartKey: startKey,
          }),
        );
        const found = await read(Items.map(({ jobId }) => String(jobId)));
        jobs.push(...found.filter((job) => status === undefined || job.status === status));
        startKey = LastEvaluatedKey;
        if (jobs.length > limit || startKey === undefined) break;
      }
      const shown = jobs.slice(0, limit);
      return { jobs: shown, cursor: jobs.length > limit ? shown.at(-1)?.jobId : startKey?.jobId };
    },
  };

  /** The jobs with these ids, in the same order; without those that have expired since the index was read. */
  async function read(jobIds: readonly string[]): Promise<Job[]> {
    const found = new Map<string, Job>();
    // An older copy of the table may lack a job that the index has.
    let keys = jobIds.map((jobId) => ({ jobId }));
    for (let batch = 0; keys.length > 0; batch++) {
      if (batch === maxBatches) throw new Error(`DynamoDB did not read ${keys.length} jobs of a history.`);
      if (batch > 0) await pause(batchPauseMs * 2 ** (batch - 1));
      const RequestItems: BatchGetCommandInput['RequestItems'] = {
        [TableName]: { Keys: keys, ConsistentRead: true },
      };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems }));
      for (const item of Responses?.[TableName] ?? []) {
        const job = jobOf(item, TableName);
        found.set(job.jobId, job);
      }
      keys = (UnprocessedKeys?.[TableName]?.Keys ?? []) as typeof keys;
    }
    return jobIds.flatMap((jobId) => found.get(jobId) ?? []);
  }
}
