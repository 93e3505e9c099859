import { isDeepStrictEqual } from 'node:util';
import type { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Job } from '../../domain/job/job.ts';
import type { Jobs } from '../ports/jobs.ts';
import { createDocumentClient, isConditionFailure } from './dynamodb.ts';
import { itemOf, jobOf } from './job-item.ts';

/** No job has this id yet. */
const isNew = 'attribute_not_exists(jobId)';

/** No visible change was made since the job was read. */
const isUnchanged = '#version = :readVersion';

/** Job records in DynamoDB. */
export function createJobs({ table: TableName }: { readonly table: string }): Jobs {
  const client = createDocumentClient();

  return {
    async get(jobId) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: { jobId }, ConsistentRead: true }));
      return Item && jobOf(Item, TableName);
    },

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
        // An attempt whose response was lost wrote it, or an identical request did.
        if (!isConditionFailure(error)) throw error;
        return storedJob(error);
      }
    },

    async change(job, update) {
      for (let current = job; ; ) {
        const next = update(current);
        if (next === current) return current;
        try {
          await client.send(
            new UpdateCommand({ TableName, Key: { jobId: job.jobId }, ...updateOf(current, next) }),
          );
          return next;
        } catch (error) {
          if (!isConditionFailure(error)) throw error;
          current = storedJob(error);
        }
      }
    },
  };

  /** The job that made a conditional write fail. */
  function storedJob(failure: ConditionalCheckFailedException): Job {
    if (!failure.Item) throw failure;
    return jobOf(unmarshall(failure.Item), TableName);
  }
}

/** The smallest conditional update that turns `current` into `next`. */
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
    ConditionExpression: isUnchanged,
    // The condition needs this name even if the version does not change.
    ExpressionAttributeNames: Object.fromEntries([...changed, 'version'].map((key) => [`#${key}`, key])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map((key) => [`:${key}`, after[key]])),
      ':readVersion': current.version,
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}
