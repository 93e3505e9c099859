import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { Job } from '../../domain/job/job.ts';
import { itemOf } from '../../lambdas/adapters/job-item.ts';

export interface RecordOptions {
  /** The job before; absent where it was created. */
  readonly from?: Job;
  /** Connections that watch it now. */
  readonly watchers?: readonly string[];
  readonly sequenceNumber?: string;
}

/** A change of a job's item, as the jobs table's stream tells it. */
export function aRecord(
  to: Job,
  { from, watchers = [], sequenceNumber = '1' }: RecordOptions = {},
): DynamoDBRecord {
  const imageOf = (job: Job, connections: readonly string[] = []) =>
    marshall(
      { ...itemOf(job), ...(connections.length > 0 && { watchers: new Set(connections) }) },
      { removeUndefinedValues: true },
    );
  return {
    eventName: from ? 'MODIFY' : 'INSERT',
    dynamodb: {
      SequenceNumber: sequenceNumber,
      Keys: { jobId: { S: to.jobId } },
      NewImage: imageOf(to, watchers),
      ...(from && { OldImage: imageOf(from) }),
    },
  } as DynamoDBRecord;
}

/** A record with a value that no code knows. */
export const aPoisonRecord = (sequenceNumber: string): DynamoDBRecord => ({
  eventName: 'MODIFY',
  dynamodb: {
    SequenceNumber: sequenceNumber,
    NewImage: { version: { ROMAN: 'II' } as unknown as AttributeValue },
  },
});
