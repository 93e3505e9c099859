import { isTerminal, type Job } from '../../domain/job/job.ts';
import { timeToLive } from './dynamodb.ts';

/** Item of the jobs table: the record, and what the table needs to know of it. */
export interface JobItem extends Job {
  /** Seconds since the epoch, as DynamoDB's time to live wants it. */
  readonly ttl: number;
  /** Present until the job ends: its partition of the index of open jobs. */
  readonly open?: string;
  /** Connection ids; absent when nobody watches. */
  readonly watchers?: ReadonlySet<string>;
}

/** Partitions of the index of open jobs: enough that none is hot below eight thousand orders a second. */
export const openShards = ['0', '1', '2', '3', '4', '5', '6', '7'] as const;

/** The item of a record. Watchers are no part of it: they come and go by writes of their own. */
export function itemOf(job: Job): JobItem {
  // The last hexadecimal digit of a UUIDv7 is random.
  const open = openShards[Number.parseInt(job.jobId.slice(-1), 16) % openShards.length] ?? '0';
  return { ...job, ttl: timeToLive(job.expiresAt), ...(!isTerminal(job) && { open }) };
}

/** The record in an item. */
export function jobOf(item: Record<string, unknown>): Job {
  const { ttl: _, open: __, watchers: ___, ...job } = item as unknown as JobItem;
  return job;
}

/** The connections that watch an item's job. */
export const watchersOf = (item: Record<string, unknown>): string[] => [
  ...((item as unknown as JobItem).watchers ?? []),
];
