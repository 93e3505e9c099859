import { randomUUID } from 'node:crypto';
import type { Durations } from '../../domain/job/durations.ts';
import { isRedrivable, isTerminal, type Job } from '../../domain/job/job.ts';
import { erasedEmail, type OrderRecord } from '../../domain/order/order.ts';
import { maxWatchers } from '../../domain/protocol/live-protocol.ts';
import type { Claim, IdempotencyKeys } from '../../lambdas/ports/idempotency-keys.ts';
import type { JobHistory } from '../../lambdas/ports/job-history.ts';
import type { Jobs } from '../../lambdas/ports/jobs.ts';
import type { OpenJobs } from '../../lambdas/ports/open-jobs.ts';
import type { OrderSearch } from '../../lambdas/ports/order-search.ts';
import type { Orders } from '../../lambdas/ports/orders.ts';
import type { Statistics } from '../../lambdas/ports/statistics.ts';
import type { Watchers } from '../../lambdas/ports/watchers.ts';

/** What the fakes were asked to do, in order: `jobs.create`, `executions.start`, … */
export type Calls = string[];

/** The part of the open jobs that a job is in. */
const partOf = ({ jobId }: Job): number => Number.parseInt(jobId.slice(-1), 16) % 2;

/** Jobs in memory. */
export function memoryJobs(present: readonly Job[] = [], calls: Calls = []) {
  const stored = new Map(present.map((job) => [job.jobId, job]));
  /** Every version that was written. */
  const writes: Job[] = [];
  const jobs: Jobs & JobHistory & OpenJobs = {
    async create(job) {
      calls.push('jobs.create');
      const present = stored.get(job.jobId);
      if (present) return present;
      stored.set(job.jobId, job);
      return job;
    },
    get: async (jobId) => stored.get(jobId),
    async change(job, update) {
      for (let current = job; ; ) {
        const next = update(current);
        if (next === current) return current;
        // Other writers come in between.
        await Promise.resolve();
        const latest = stored.get(job.jobId);
        if (!latest) throw new Error(`There is no job ${job.jobId}.`);
        if (latest.version === current.version) {
          calls.push('jobs.change');
          // As the adapter does: it writes what differs from the job that was read.
          const written = { ...latest, ...differences(current, next) };
          stored.set(job.jobId, written);
          writes.push(written);
          return next;
        }
        current = latest;
      }
    },
    listOpen: (at) =>
      [0, 1].map(async function* (part) {
        for (const job of stored.values()) {
          const from = isTerminal(job) ? job.error?.redrivableUntil : job.createdAt;
          if (partOf(job) === part && from !== undefined && from < at.toISOString()) yield job.jobId;
        }
      }),
    async page(limit, cursor = '') {
      const open = [...stored.values()].filter((job) => !isTerminal(job) || isRedrivable(job));
      const rest = open
        .map((job) => job.jobId)
        .sort()
        .filter((id) => id > cursor);
      const jobIds = rest.slice(0, limit);
      return { jobIds, ...(rest.length > limit && { cursor: jobIds.at(-1) }) };
    },
    async *listRedrivable(at) {
      for (const { jobId, error } of stored.values()) {
        const until = error?.redrivableUntil ?? '';
        if (until >= at.toISOString()) yield { jobId, until };
      }
    },
    async list({ owner, status, limit, cursor }) {
      const all = [...stored.values()]
        .filter((job) => job.owner === owner && (status === undefined || job.status === status))
        .sort((a, b) => (a.jobId < b.jobId ? 1 : -1))
        .filter((job) => cursor === undefined || job.jobId < cursor);
      const page = all.slice(0, limit);
      return {
        jobs: page,
        cursor: all.length > limit ? page.at(-1)?.jobId : undefined,
      };
    },
  };
  return { ...jobs, stored, writes };
}

/** The attributes that an update changes; those that it removes are undefined. */
const differences = (before: Job, after: Job): Partial<Job> =>
  Object.fromEntries(
    Object.keys({ ...before, ...after })
      .map((key) => [key, after[key as keyof Job]] as const)
      .filter(([key, value]) => value !== before[key as keyof Job]),
  );

/** Orders in memory. */
export function memoryOrders(present: readonly OrderRecord[] = [], calls: Calls = []) {
  const stored = new Map(present.map((order) => [order.orderId, order]));
  /** Claims of the confirmation, by order id. */
  const claimed = new Map<string, string>();
  /** When the submissions' jobs expire, by order id. */
  const kept = new Map<string, Date>();
  const orders: Orders & OrderSearch = {
    async find({ by, value, limit, cursor = '~' }) {
      const wanted = by === 'email' ? value.toLowerCase() : value;
      const rest = [...stored.values()]
        .filter((order) => (by === 'email' ? order.email.toLowerCase() : order.reference) === wanted)
        .map(({ orderId }) => orderId)
        .filter((id) => id < cursor)
        .sort()
        .reverse();
      const orderIds = rest.slice(0, limit);
      return { orderIds, ...(rest.length > limit && { cursor: orderIds.at(-1) }) };
    },
    async erase(orderId, at) {
      calls.push('orders.erase');
      const { reference: _, callbackUrl: __, paymentToken: ___, ...order } = stored.get(orderId) ?? {};
      if (!('orderId' in order) || order.erasedAt) return;
      stored.set(orderId, { ...order, email: erasedEmail, erasedAt: at.toISOString() } as OrderRecord);
    },
    async submit(order) {
      calls.push('orders.submit');
      if (!stored.has(order.orderId)) stored.set(order.orderId, order);
    },
    async keep(orderId, jobExpiresAt) {
      kept.set(orderId, jobExpiresAt);
    },
    get: async (orderId) => stored.get(orderId),
    async create(orderId, at) {
      calls.push('orders.create');
      const order = stored.get(orderId);
      if (!order) throw new Error(`There is no submission ${orderId} to make an order of.`);
      if (order.createdAt || order.voidedAt) return;
      stored.set(orderId, { ...order, paymentToken: undefined, createdAt: at.toISOString() });
    },
    async void(orderId, at) {
      calls.push('orders.void');
      const order = stored.get(orderId);
      if (!order || order.voidedAt) return;
      stored.set(orderId, { ...order, paymentToken: undefined, voidedAt: at.toISOString() });
    },
    async claimConfirmation(orderId) {
      calls.push('orders.claimConfirmation');
      const order = stored.get(orderId);
      if (!order) throw new Error(`There is no order ${orderId} to confirm.`);
      if (claimed.has(orderId)) return undefined;
      const claim = randomUUID();
      claimed.set(orderId, claim);
      return { claim, order };
    },
    async releaseConfirmation(orderId, claim) {
      calls.push('orders.releaseConfirmation');
      if (claimed.get(orderId) === claim) claimed.delete(orderId);
    },
  };
  return { ...orders, stored, claimed, kept };
}

/** Idempotency keys in memory. */
export function memoryKeys(calls: Calls = []): IdempotencyKeys {
  const claims = new Map<string, Claim>();
  return {
    async claim(claim, now) {
      calls.push('keys.claim');
      const earlier = claims.get(claim.id);
      if (earlier && earlier.expiresAt > now.toISOString())
        return earlier.jobId === claim.jobId ? undefined : earlier;
      claims.set(claim.id, claim);
      return undefined;
    },
  };
}

/** Watchers in memory, on jobs of their own. */
export function memoryWatchers(
  present: readonly Job[] = [],
  watches: Record<string, readonly string[]> = {},
) {
  const jobs = memoryJobs(present);
  /** Connection ids by job id. */
  const watching = new Map(Object.entries(watches).map(([jobId, ids]) => [jobId, new Set(ids)]));
  /** Every `jobId connectionId` that was to be removed. */
  const removed: string[] = [];
  const watchers: Watchers = {
    async add({ jobId, connectionId, ticket }) {
      const job = jobs.stored.get(jobId);
      if (job?.ticket !== ticket) return { outcome: 'unknown' };
      const connections = watching.get(jobId) ?? new Set();
      if (connections.size >= maxWatchers && !connections.has(connectionId))
        return { outcome: 'full', watchers: [...connections] };
      watching.set(jobId, connections.add(connectionId));
      return { outcome: 'added', job };
    },
    async remove({ jobId, connectionId }) {
      removed.push(`${jobId} ${connectionId}`);
      watching.get(jobId)?.delete(connectionId);
    },
  };
  return { ...watchers, jobs, watching, removed };
}

/** What has been learned, in memory. */
export function memoryStatistics(known: Durations = {}) {
  /** Every version that was written. */
  const writes: Durations[] = [];
  const latest = () => writes.at(-1) ?? known;
  const statistics: Statistics = {
    async durations(signal) {
      signal?.throwIfAborted();
      return latest();
    },
    async change(update) {
      writes.push(update(latest()));
    },
  };
  return { ...statistics, writes, latest };
}
