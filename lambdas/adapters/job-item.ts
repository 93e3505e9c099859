import * as z from 'zod/mini';
import { isRedrivable, isTerminal, Job } from '../../domain/job/job.ts';
import { timeToLive } from './dynamodb.ts';
import { parseItem } from './parse-item.ts';

/** An item of the jobs table: the job and the attributes that only the table needs. */
export type JobItem = Job & {
  /** Time to live, in seconds since the epoch. */
  readonly ttl: number;
  /** The job's partition of the index of open jobs; absent once the job has ended for good. */
  readonly open?: string;
  /** From when on the sweep looks at the job, ISO 8601; absent once the job has ended for good. */
  readonly sweepFrom?: string;
};

/** Ids of the connections that watch the job; absent when there are none. */
const Watched = z.object({ watchers: z.optional(z.set(z.string())) });

/** Partitions of the index of open jobs. Eight of them take four thousand orders a second: an order writes to one twice. */
export const openShards = ['0', '1', '2', '3', '4', '5', '6', '7'] as const;

/** The item of a job, without its watchers: they are added and removed by writes of their own. */
export function itemOf(job: Job): JobItem {
  // The last hexadecimal digit of a UUIDv7 is random.
  const open = openShards[Number.parseInt(job.jobId.slice(-1), 16) % openShards.length] ?? '0';
  const item = { ...job, ttl: timeToLive(job.expiresAt) };
  if (!isTerminal(job)) return { ...item, open, sweepFrom: job.createdAt };
  return isRedrivable(job) ? { ...item, open, sweepFrom: job.error?.redrivableUntil ?? job.createdAt } : item;
}

/**
 * The job in an item.
 *
 * @throws Error when the item is not a job
 */
export const jobOf = (item: Record<string, unknown>, table: string): Job =>
  parseItem(Job, item, { table, key: 'jobId' });

/** The connections that watch an item's job. */
export const watchersOf = (item: Record<string, unknown>, table: string): readonly string[] => [
  ...(parseItem(Watched, item, { table, key: 'jobId' }).watchers ?? []),
];
