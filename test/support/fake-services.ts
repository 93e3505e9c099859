import type { DueWebhook } from '../../domain/job/webhook.ts';
import { OrderRefused } from '../../domain/protocol/errors.ts';
import type { ServerMessage } from '../../domain/protocol/live-protocol.ts';
import type { Ledger, LedgerLine } from '../../lambdas/adapters/ledger.ts';
import type { DeadLetters } from '../../lambdas/ports/dead-letters.ts';
import type { AwaitedRetry, ExecutionStatus, Executions, Settled } from '../../lambdas/ports/executions.ts';
import type { Mail, Message } from '../../lambdas/ports/mail.ts';
import type { Charge, Payments, Refund } from '../../lambdas/ports/payments.ts';
import type { Sockets } from '../../lambdas/ports/sockets.ts';
import type { WebhookQueue } from '../../lambdas/ports/webhook-queue.ts';
import type { Calls } from './fakes.ts';

/** Statuses of executions, by job id; of later settlements by `<job id> <number>`. */
type Statuses = Readonly<Record<string, ExecutionStatus>>;

/** Executions that were started already, and that remember which are started, settled and redriven from now on. */
export function memoryExecutions(
  calls: Calls = [],
  present: {
    readonly executions?: Statuses;
    readonly settlements?: Statuses;
    readonly retry?: AwaitedRetry;
  } = {},
) {
  const executions = new Map(Object.entries(present.executions ?? {}));
  const settlements = new Map(Object.entries(present.settlements ?? {}));
  const started: string[] = [];
  const settled: string[] = [];
  const redriven: string[] = [];
  const nameOf = ({ jobId, settlement = 1 }: Settled) =>
    settlement === 1 ? jobId : `${jobId} ${settlement}`;
  const port: Executions = {
    async start(jobId, signal) {
      signal?.throwIfAborted();
      calls.push('executions.start');
      const status = executions.get(jobId);
      if (status) return status === 'RUNNING' ? new Date(0) : undefined;
      executions.set(jobId, 'RUNNING');
      started.push(jobId);
      return new Date();
    },
    async startSettlement(job) {
      calls.push('executions.startSettlement');
      const name = nameOf(job);
      if (settlements.has(name)) return;
      settlements.set(name, 'RUNNING');
      settled.push(name);
    },
    status: async (jobId) => executions.get(jobId),
    settlementStatus: async (job) => settlements.get(nameOf(job)),
    async redrive(jobId) {
      calls.push('executions.redrive');
      const status = executions.get(jobId);
      if (status === 'RUNNING') return true;
      if (status === undefined || status === 'SUCCEEDED') return false;
      executions.set(jobId, 'RUNNING');
      redriven.push(jobId);
      return true;
    },
    awaitedRetry: async () => present.retry,
  };
  return { ...port, started, settled, redriven };
}

/**
 * A payment provider in memory.
 *
 * @param answer - throws what the provider refuses to charge
 */
export function memoryPayments(answer: (charge: Charge) => void = () => {}) {
  const charges: Charge[] = [];
  const refunds: Refund[] = [];
  /** Keys under which nothing is ever charged. */
  const withdrawn = new Set<string>();
  const payments: Payments = {
    async charge(charge) {
      if (charge.amount === 0) return;
      answer(charge);
      if (withdrawn.has(charge.key)) throw new OrderRefused('payment_cancelled', 'It was cancelled.');
      if (!charges.some(({ key }) => key === charge.key)) charges.push(charge);
    },
    async refund(refund) {
      if (refund.amount === 0) return;
      const isCharged = charges.some(({ key }) => key === refund.chargeKey);
      if (!isCharged) withdrawn.add(refund.chargeKey);
      else if (!refunds.some(({ key }) => key === refund.key)) refunds.push(refund);
    },
  };
  return { ...payments, charges, refunds };
}

/** A ledger in memory. */
export function memoryLedger() {
  const lines = new Map<string, LedgerLine>();
  const ledger: Ledger = {
    async enter(line) {
      const before = lines.get(line.entry);
      if (!before) lines.set(line.entry, line);
      return before;
    },
    get: async (entry) => lines.get(entry),
  };
  return { ...ledger, lines };
}

/**
 * Mail that remembers every message it sent.
 *
 * @param answer - throws what the mail service refuses
 */
export function memoryMail(calls: Calls = [], answer: (message: Message) => void = () => {}) {
  const sent: Message[] = [];
  const mail: Mail = {
    async send(message) {
      calls.push('mail.send');
      answer(message);
      sent.push(message);
    },
  };
  return { ...mail, sent };
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

/**
 * A queue of webhooks that remembers those it took, at most ten a call.
 *
 * @param refuses - says which ones it does not take
 */
export function memoryWebhookQueue(refuses: (webhook: DueWebhook) => boolean = () => false) {
  const sent: DueWebhook[] = [];
  const queue: WebhookQueue = {
    async send(webhooks) {
      if (webhooks.length < 1 || webhooks.length > 10)
        throw new Error(`A call takes 1 to 10 webhooks, not ${webhooks.length}.`);
      sent.push(...webhooks.filter((webhook) => !refuses(webhook)));
      return webhooks.filter(refuses);
    },
  };
  return { ...queue, sent };
}

/** Dead letters that remember what they took, or that take nothing. */
export function memoryDeadLetters(isDown = false) {
  const letters: unknown[] = [];
  const deadLetters: DeadLetters = {
    async send(letter) {
      if (isDown) throw new Error('The dead letters are down.');
      letters.push(letter);
    },
  };
  return { ...deadLetters, letters };
}
