import type { Durations } from '../domain/job/durations.ts';
import type { Job } from '../domain/job/job.ts';
import type { Callback, WebhookEvent } from '../domain/job/webhook.ts';
import type { OrderRecord } from '../domain/order/order.ts';
import type { ServerMessage } from '../domain/protocol/live-protocol.ts';
import type { JobStatus } from '../domain/protocol/protocol.ts';

/** The present time. */
export type Clock = () => Date;

/** Job records. */
export interface Jobs {
  /**
   * Stores a new job durably: the moment of acceptance. Where one with its id is there already, that one stays.
   *
   * @returns the job as it stands
   */
  create(job: Job): Promise<Job>;
  get(jobId: string): Promise<Job | undefined>;
  /**
   * Stores what `decide` makes of the job, if that differs from it. Where another writer was faster, `decide` is
   * asked again with that writer's job.
   *
   * @param job - the job as last read
   * @returns the job as it now stands
   */
  change(job: Job, decide: (job: Job) => Job): Promise<Job>;
  /** Ids of the jobs that were accepted before a time and have not ended. */
  listOpen(before: Date): AsyncIterable<string>;
  /** An owner's jobs, newest first. `cursor` is the last job id of the page before. */
  list(query: JobListQuery): Promise<JobList>;
}

export interface JobListQuery {
  readonly owner: string;
  readonly status?: JobStatus | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface JobList {
  readonly jobs: readonly Job[];
  readonly cursor?: string | undefined;
}

/** Order records. */
export interface Orders {
  /** Keeps what was submitted; it expires by itself unless the order is created. */
  submit(order: OrderRecord): Promise<void>;
  get(orderId: string): Promise<OrderRecord | undefined>;
  /** Makes the submitted order an order. Repeating it is harmless. */
  create(orderId: string, at: Date): Promise<void>;
  /** Makes the order void; harmless where none was created. A void order can never be created. */
  void(orderId: string, at: Date): Promise<void>;
  /** Claims the right to send the confirmation; false when it was claimed before. */
  claimConfirmation(orderId: string, at: Date): Promise<boolean>;
  /** Gives the claim back, because the confirmation was certainly not sent. */
  releaseConfirmation(orderId: string): Promise<void>;
}

/** Status of an execution (Step Functions API, DescribeExecution). */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Executions of the order workflow. */
export interface Executions {
  /** Starts the execution of a job, or fails when the signal is aborted first; repeating it is harmless. */
  start(jobId: string, signal?: AbortSignal): Promise<void>;
  /** Starts the execution that undoes what a job did, where the job's own has ended; repeating it is harmless. */
  settle(jobId: string): Promise<void>;
  /** @returns undefined when the job's execution was never started. */
  status(jobId: string): Promise<ExecutionStatus | undefined>;
  /** @returns undefined when no execution undoes what the job did. */
  settlementStatus(jobId: string): Promise<ExecutionStatus | undefined>;
  /**
   * Resumes what failed: the job's execution, or the one that undoes it.
   * @returns false when it cannot be redriven (any more)
   */
  redrive(job: Job): Promise<boolean>;
}

/** A charge; the provider refuses a second one under the same key. */
export interface Charge {
  readonly key: string;
  readonly jobId: string;
  /** In the currency's minor unit. */
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
}

/** A refund of a whole charge; the provider refuses a second one under the same key. */
export interface Refund {
  readonly key: string;
  readonly chargeKey: string;
  readonly jobId: string;
  /** ISO 8601; nothing was charged before. */
  readonly submittedAt: string;
  readonly amount: number;
  readonly currency: string;
}

/** The payment provider. */
export interface Payments {
  /** @throws OrderRefused when the provider declines for good; anything else is worth a retry. */
  charge(charge: Charge): Promise<void>;
  /** Gives back what was charged under `chargeKey`; where nothing was, sees to it that nothing ever is. */
  refund(refund: Refund): Promise<void>;
}

/** A plain text e-mail. */
export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Outgoing e-mail. */
export interface Mail {
  /**
   * @throws OrderRefused when the message can never be sent.
   * @throws MailNotSent when it was certainly not sent and a retry may succeed.
   */
  send(message: Message): Promise<void>;
}

/** The mail service answered that it did not take the message; safe to send again. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent';
}

/** Who watches which job. */
export interface Watchers {
  /**
   * Adds a connection to a job's watchers and tells the job as it stood at that moment, so that no change falls
   * between the two.
   *
   * @returns the job; `unknown` when there is none with this ticket; the present watchers when there are too many
   */
  add(
    watch: Watch & { readonly ticket: string },
  ): Promise<Job | 'unknown' | { readonly full: readonly string[] }>;
  /** Removes a connection from a job's watchers; harmless when it is not among them. */
  remove(watch: Watch): Promise<void>;
}

export interface Watch {
  readonly jobId: string;
  readonly connectionId: string;
}

/** Open WebSocket connections. */
export interface Sockets {
  /** @returns false when the connection is gone. */
  post(connectionId: string, message: ServerMessage): Promise<boolean>;
  isOpen(connectionId: string): Promise<boolean>;
}

/** An idempotency key, bound to a request and to the job that it made. */
export interface Claim {
  /** Digest of owner and key. */
  readonly id: string;
  /** Digest of the request. */
  readonly fingerprint: string;
  readonly jobId: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface IdempotencyKeys {
  /** @returns the earlier claim that stands in the way; undefined when this one is the first. */
  claim(claim: Claim, now: Date): Promise<Claim | undefined>;
}

/** What has been learned of the stages. */
export interface Statistics {
  /** Fails when the signal is aborted first. */
  durations(signal?: AbortSignal): Promise<Durations>;
  /** Stores what `decide` makes of what is known; asked again where somebody else was faster. */
  change(decide: (durations: Durations) => Durations): Promise<void>;
}

/** Callbacks that are due. */
export interface CallbackQueue {
  /**
   * Takes up to ten callbacks.
   *
   * @returns those that it did not take
   */
  send(callbacks: readonly Callback[]): Promise<readonly Callback[]>;
  /** Brings a received callback again after a while. `receipt` is the handle of its last receipt. */
  postpone(receipt: string, seconds: number): Promise<void>;
  /** Puts a callback where a person will look. */
  giveUp(callback: Callback): Promise<void>;
}

/** A webhook on its way to a receiver. */
export interface WebhookDelivery {
  readonly url: string;
  /** The same at every attempt, so that the receiver can drop repeats. */
  readonly id: string;
  readonly event: WebhookEvent;
}

/** What became of an attempt: `gone` receivers want no more of it, `refused` ones need a person, `failed` ones time. */
export type WebhookOutcome = 'delivered' | 'gone' | 'refused' | 'failed';

/** Outgoing webhooks. */
export interface Webhooks {
  /** @returns what became of it, and why in a word or two that may be logged */
  send(delivery: WebhookDelivery): Promise<{ readonly outcome: WebhookOutcome; readonly reason: string }>;
}

/** A change of a job's record, as the jobs table's stream tells of it. */
export interface JobChange {
  readonly sequenceNumber: string;
  /** Absent when the job is new. */
  readonly before: Job | undefined;
  readonly after: Job;
  /** Connections that watch it. */
  readonly watchers: readonly string[];
}

/** Whether a client can see the change; a watcher that comes or goes changes the record too. */
export const isVisible = ({ before, after }: JobChange): boolean => before?.version !== after.version;
