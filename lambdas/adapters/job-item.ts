import type { Job } from '../../domain/job.ts';

/** Item of the jobs table: the record, its expiry as DynamoDB reads it, and who watches it. */
export interface JobItem extends Job {
  /** Seconds since the epoch. */
  readonly ttl: number;
  /** Connection ids; absent when nobody watches. */
  readonly watchers?: ReadonlySet<string>;
}

/** The record in an item. */
export function jobOf(item: Record<string, unknown>): Job {
  const { ttl: _, watchers: __, ...job } = item as unknown as JobItem;
  return job;
}

/** The connections that watch an item's job. */
export const watchersOf = (item: Record<string, unknown>): string[] => [
  ...((item as unknown as JobItem).watchers ?? []),
];
