import type { Job } from '../domain/job.ts';
import type { ServerMessage } from '../domain/live-protocol.ts';
import type { OrderRecord } from '../domain/order.ts';
import type { JobStatus } from '../domain/protocol.ts';

/** The present time. */
export type Clock = () => Date;

/** Job records. */
export interface Jobs {
  /** Stores a new job durably: the moment of acceptance. Repeating it with the same job is harmless. */
  create(job: Job): Promise<void>;
  get(jobId: string): Promise<Job | undefined>;
  /**
   * Stores what `decide` makes of the job, if that differs from it. Where another writer was faster, `decide` is
   * asked again with that writer's job.
   *
   * @param job - the job as last read
   * @returns the job as it now stands
   */
  change(job: Job, decide: (job: Job) => Job): Promise<Job>;
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
  /** Claims the right to send the confirmation; false when it was claimed before. */
  claimConfirmation(orderId: string, at: Date): Promise<boolean>;
  /** Gives the claim back, because the confirmation was certainly not sent. */
  releaseConfirmation(orderId: string): Promise<void>;
}

/** Executions of the order workflow. */
export interface Executions {
  /** Starts the execution of a job; repeating it is harmless. */
  start(jobId: string): Promise<void>;
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

/** The payment provider. */
export interface Payments {
  /** @throws OrderRefused when the provider declines for good; anything else is worth a retry. */
  charge(charge: Charge): Promise<void>;
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
