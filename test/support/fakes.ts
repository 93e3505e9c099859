import type { Durations } from '../../domain/job/durations.ts';
import { isTerminal, type Job } from '../../domain/job/job.ts';
import type { OrderRecord } from '../../domain/order/order.ts';
import { maxWatchers, type ServerMessage } from '../../domain/protocol/live-protocol.ts';
import type { ExecutionStatus, Executions } from '../../lambdas/ports/executions.ts';
import type { Claim, IdempotencyKeys } from '../../lambdas/ports/idempotency-keys.ts';
import type { JobHistory } from '../../lambdas/ports/job-history.ts';
import type { Jobs } from '../../lambdas/ports/jobs.ts';
import type { Mail, Message } from '../../lambdas/ports/mail.ts';
import type { OpenJobs } from '../../lambdas/ports/open-jobs.ts';
import type { Orders } from '../../lambdas/ports/orders.ts';
import type { Charge, Payments, Refund } from '../../lambdas/ports/payments.ts';
import type { Sockets } from '../../lambdas/ports/sockets.ts';
import type { Statistics } from '../../lambdas/ports/statistics.ts';
import type { Watchers } from '../../lambdas/ports/watchers.ts';

/** What the fakes were asked to do, in order: `jobs.create`, `executions.start`, … */
export type Calls = string[];

/** Jobs in memory, with the optimistic locking of the real ones. */
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
    async *listOpen(before) {
      for (const job of stored.values())
        if (!isTerminal(job) && job.createdAt < before.toISOString()) yield job.jobId;
    },
    get: async (jobId) => stored.get(jobId),
    async change(job, update) {
      for (let current = job; ; ) {
        const next = update(current);
        if (next === current) return current;
        await Promise.resolve();
        const latest = stored.get(job.jobId);
        if (
          latest &&
          latest.version === current.version &&
          latest.cancelRequested === current.cancelRequested
        ) {
          calls.push('jobs.change');
          stored.set(job.jobId, next);
          writes.push(next);
          return next;
        }
        if (!latest) throw new Error(`No job ${job.jobId}`);
        current = latest;
      }
    },
    async list({ owner, status, limit, cursor }) {
      const all = [...stored.values()]
        .filter((job) => job.owner === owner && (status === undefined || job.status === status))
        .sort((a, b) => (a.jobId < b.jobId ? 1 : -1))
        .filter((job) => cursor === undefined || job.jobId < cursor);
      const page = all.slice(0, limit);
      return { jobs: page, cursor: all.length > limit ? page.at(-1)?.jobId : undefined };
    },
  };
  return { ...jobs, stored, writes };
}

/** Orders in memory. */
export function memoryOrders(present: readonly OrderRecord[] = [], calls: Calls = []) {
  const stored = new Map(present.map((order) => [order.orderId, order]));
  const claimed = new Set<string>();
  const orders: Orders = {
    async submit(order) {
      calls.push('orders.submit');
      stored.set(order.orderId, order);
    },
    get: async (orderId) => stored.get(orderId),
    async create(orderId, at) {
      calls.push('orders.create');
      const order = stored.get(orderId);
      if (order && order.createdAt === undefined)
        stored.set(orderId, { ...order, createdAt: at.toISOString() });
    },
    async void(orderId, at) {
      calls.push('orders.void');
      const order = stored.get(orderId);
      if (order) stored.set(orderId, { ...order, voidedAt: at.toISOString() });
    },
    async claimConfirmation(orderId) {
      calls.push('orders.claimConfirmation');
      const first = !claimed.has(orderId);
      claimed.add(orderId);
      return first;
    },
    async releaseConfirmation(orderId) {
      calls.push('orders.releaseConfirmation');
      claimed.delete(orderId);
    },
  };
  return { ...orders, stored, claimed };
}

/** Executions with the given statuses, that remember which were started, settled and redriven. */
export function memoryExecutions(
  calls: Calls = [],
  statuses: { execution?: ExecutionStatus; settlement?: ExecutionStatus; redrivable?: boolean } = {},
) {
  const started: string[] = [];
  const settled: string[] = [];
  const redriven: string[] = [];
  const executions: Executions = {
    async startSettlement(jobId) {
      calls.push('executions.startSettlement');
      settled.push(jobId);
    },
    status: async () => statuses.execution,
    settlementStatus: async () => statuses.settlement,
    async redrive({ jobId }) {
      calls.push('executions.redrive');
      redriven.push(jobId);
      return statuses.redrivable ?? true;
    },
    async start(jobId) {
      calls.push('executions.start');
      started.push(jobId);
    },
  };
  return { ...executions, started, settled, redriven };
}

/** Payments that remember every charge and refund they were asked for. */
export function memoryPayments(charge: (charge: Charge) => void = () => {}) {
  const charges: Charge[] = [];
  const refunds: Refund[] = [];
  const payments: Payments = {
    async charge(asked) {
      charges.push(asked);
      charge(asked);
    },
    async refund(asked) {
      refunds.push(asked);
    },
  };
  return { ...payments, charges, refunds };
}

/** Mail that remembers every message it was given. */
export function memoryMail(calls: Calls = [], send: (message: Message) => void = () => {}) {
  const sent: Message[] = [];
  const mail: Mail = {
    async send(message) {
      calls.push('mail.send');
      send(message);
      sent.push(message);
    },
  };
  return { ...mail, sent };
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

/** Watchers in memory, by job; a job's ticket opens it. */
export function memoryWatchers(jobs: readonly Job[] = [], present: Record<string, readonly string[]> = {}) {
  const watching = new Map(jobs.map(({ jobId }) => [jobId, new Set(present[jobId] ?? [])]));
  /** Every `jobId connectionId` that was to be removed. */
  const removed: string[] = [];
  const watchers: Watchers = {
    async add({ jobId, connectionId, ticket }) {
      const job = jobs.find((candidate) => candidate.jobId === jobId && candidate.ticket === ticket);
      const connections = watching.get(jobId);
      if (!job || !connections) return { outcome: 'unknown' };
      if (connections.size >= maxWatchers && !connections.has(connectionId))
        return { outcome: 'full', watchers: [...connections] };
      connections.add(connectionId);
      return { outcome: 'added', job };
    },
    async remove({ jobId, connectionId }) {
      removed.push(`${jobId} ${connectionId}`);
      watching.get(jobId)?.delete(connectionId);
    },
  };
  return { ...watchers, watching, removed };
}

/** Connections of which some are gone, that remember what they were sent. */
export function memorySockets(gone: readonly string[] = []) {
  const sent: { readonly connectionId: string; readonly message: ServerMessage }[] = [];
  const sockets: Sockets = {
    async post(connectionId, message) {
      if (gone.includes(connectionId)) return false;
      sent.push({ connectionId, message });
      return true;
    },
    isOpen: async (connectionId) => !gone.includes(connectionId),
  };
  /** What one connection was sent, in order. */
  const sentTo = (connectionId: string) =>
    sent.filter((post) => post.connectionId === connectionId).map(({ message }) => message);
  return { ...sockets, sent, sentTo };
}

/** What has been learned, in memory. */
export function memoryStatistics(known: Durations = {}) {
  /** Every version that was written. */
  const writes: Durations[] = [];
  const latest = () => writes.at(-1) ?? known;
  const statistics: Statistics = {
    durations: async () => latest(),
    async change(update) {
      writes.push(update(latest()));
    },
  };
  return { ...statistics, writes, latest };
}
