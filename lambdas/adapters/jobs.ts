import { isDeepStrictEqual } from 'node:util';
import type { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Job } from '../../domain/job/job.ts';
import type { JobListQuery, Jobs } from '../ports.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';
import { itemOf, jobOf, openShards } from './job-item.ts';

/** Only the first writer of a job id creates it. */
const isNew = 'attribute_not_exists(jobId)';

/** Nobody has made a change that clients see since the job was read. */
const isUnchanged = '#version = :readVersion';

/** Nobody has asked for cancellation since, which changes no version, nor has anybody honoured it. */
const isAskedAsBefore = ({ cancelRequested }: Job): string =>
  `attribute_${cancelRequested ? '' : 'not_'}exists(#cancelRequested)`;

/** Pages read at most for one answer, so that a filter that matches little cannot run on. */
const maxPages = 10;

/** Items read for a page that is filtered. */
const filteredPageSize = 200;

/** Job records in DynamoDB. */
export function createJobs(config: {
  readonly table: string;
  readonly byOwnerIndex?: string;
  readonly openIndex?: string;
}): Jobs {
  const client = createDocumentClient();
  const TableName = config.table;

  const get = async (jobId: string): Promise<Job | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName, Key: { jobId }, ConsistentRead: true }));
    return Item && jobOf(Item);
  };

  return {
    get,

    async create(job) {
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: itemOf(job),
            ConditionExpression: isNew,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return job;
      } catch (error) {
        // Written by an attempt whose answer was lost, or by a twin of this request.
        if (!isConditionFailure(error)) throw error;
        return storedOf(error);
      }
    },

    async change(job, decide) {
      for (let current = job; ; ) {
        const next = decide(current);
        if (next === current) return current;
        try {
          await client.send(
            new UpdateCommand({ TableName, Key: { jobId: job.jobId }, ...updateOf(current, next) }),
          );
          return next;
        } catch (error) {
          if (!isConditionFailure(error)) throw error;
          current = storedOf(error);
        }
      }
    },

    async *listOpen(before) {
      for (const open of openShards) {
        let startKey: Record<string, unknown> | undefined;
        do {
          const answer: QueryCommandOutput = await client.send(
            new QueryCommand({
              TableName,
              IndexName: config.openIndex,
              KeyConditionExpression: '#open = :open AND createdAt < :before',
              ExpressionAttributeNames: { '#open': 'open' },
              ExpressionAttributeValues: { ':open': open, ':before': before.toISOString() },
              ExclusiveStartKey: startKey,
            }),
          );
          for (const item of answer.Items ?? []) yield String(item.jobId);
          startKey = answer.LastEvaluatedKey;
        } while (startKey);
      }
    },

    async list({ owner, status, limit, cursor }: JobListQuery) {
      const jobs: Job[] = [];
      let startKey: Record<string, string> | undefined =
        cursor === undefined ? undefined : { owner, jobId: cursor };
      for (let page = 0; page < maxPages; page++) {
        const answer = await client.send(
          new QueryCommand({
            TableName,
            IndexName: config.byOwnerIndex,
            KeyConditionExpression: '#owner = :owner',
            ExpressionAttributeNames: { '#owner': 'owner', ...(status && { '#status': 'status' }) },
            ExpressionAttributeValues: { ':owner': owner, ...(status && { ':status': status }) },
            FilterExpression: status && '#status = :status',
            ScanIndexForward: false,
            // One more than asked for, to see whether anything follows. A filter is applied to what was read: read much
            // where little may be left.
            Limit: status === undefined ? limit + 1 : filteredPageSize,
            ExclusiveStartKey: startKey,
          }),
        );
        jobs.push(...(answer.Items ?? []).map((item) => jobOf(item)));
        startKey = answer.LastEvaluatedKey as Record<string, string> | undefined;
        if (jobs.length > limit || startKey === undefined) break;
      }
      const shown = jobs.slice(0, limit);
      return { jobs: shown, cursor: jobs.length > limit ? shown.at(-1)?.jobId : startKey?.jobId };
    },
  };
}

/** The job that stands in the way of a conditional write. */
function storedOf(failure: ConditionalCheckFailedException): Job {
  if (!failure.Item) throw failure;
  return jobOf(unmarshall(failure.Item));
}

/** The smallest conditional update that makes `next` of `current`. */
function updateOf(current: Job, next: Job) {
  const before: Record<string, unknown> = { ...itemOf(current) };
  const after: Record<string, unknown> = { ...itemOf(next) };
  const changed = Object.keys({ ...before, ...after }).filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  const set = changed.filter((key) => after[key] !== undefined);
  const removed = changed.filter((key) => after[key] === undefined);
  return {
    UpdateExpression: [
      `SET ${set.map((key) => `#${key} = :${key}`).join(', ')}`,
      removed.length > 0 ? `REMOVE ${removed.map((key) => `#${key}`).join(', ')}` : '',
    ].join(' '),
    ConditionExpression: `${isUnchanged} AND ${isAskedAsBefore(current)}`,
    // The condition names these two, whether they change or not.
    ExpressionAttributeNames: Object.fromEntries(
      [...changed, 'version', 'cancelRequested'].map((key) => [`#${key}`, key]),
    ),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map((key) => [`:${key}`, after[key]])),
      ':readVersion': current.version,
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}
