import * as z from 'zod/mini';
import { isJobId } from '../job/job.ts';
import { StatusWithoutTicket } from '../job/status.ts';
import { JobStatus } from '../protocol/protocol.ts';
import { deadLetterQueues } from './dead-letter-queues.ts';

/** Maximum number of jobs that one request cancels or redrives, so that it takes seconds and can be followed. */
export const maxBatch = 25;

/** Maximum number of jobs or orders on a page. */
export const maxPage = 100;

const text = z.string().check(z.minLength(1), z.maxLength(2048));
const jobId = z.string().check(z.refine(isJobId, { error: 'Must be the id of a job.' }));
const jobIds = z.array(jobId).check(z.minLength(1), z.maxLength(maxBatch));
const queue = z.enum(deadLetterQueues.map(({ name }) => name));

/** Which jobs to list. All conditions hold for each of them. */
export const JobFilter = z.strictObject({
  status: z.optional(JobStatus),
  /** The stage in progress, or at which the job failed. */
  stage: z.optional(text),
  /** Jobs that changed at this time or later, ISO 8601. */
  since: z.optional(z.iso.datetime()),
  owner: z.optional(text),
  reference: z.optional(text),
  email: z.optional(text),
  /** Only failures that wait for a redrive. */
  redrivable: z.optional(z.literal(true)),
});
export type JobFilter = Readonly<z.infer<typeof JobFilter>>;

/** What an operator may ask for. */
export const OperatorRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('list'), filter: JobFilter, cursor: z.optional(text) }),
  z.strictObject({ action: z.literal('show'), jobId }),
  z.strictObject({ action: z.literal('why'), jobId }),
  z.strictObject({ action: z.literal('logs'), jobId }),
  z.strictObject({ action: z.literal('cancel'), jobIds }),
  z.strictObject({ action: z.literal('redrive'), jobIds }),
  z.strictObject({ action: z.literal('count-dead-letters') }),
  z.strictObject({ action: z.literal('show-dead-letters'), queue }),
  z.strictObject({ action: z.literal('redrive-dead-letters'), queue }),
  z.strictObject({
    action: z.literal('erase'),
    email: text,
    /** Says what would be erased, and erases nothing. */
    dryRun: z.boolean(),
    cursor: z.optional(text),
  }),
]);
export type OperatorRequest = Readonly<z.infer<typeof OperatorRequest>>;
export type OperatorAction = OperatorRequest['action'];

/** The request for one action. */
export type RequestFor<Action extends OperatorAction> = Extract<OperatorRequest, { readonly action: Action }>;

/** Payload of an invocation of the operator function. */
export const OperatorCall = z.strictObject({
  /**
   * ARN of the caller as STS tells it to the caller. Lambda does not tell a function who invoked it, so this is a claim;
   * the proof is CloudTrail's data event of the invocation, which has the same request id.
   */
  claimedCaller: z.string().check(z.regex(/^arn:[\w-]+:(?:iam|sts)::\d{12}:[\w+=,.@/-]+$/)),
  request: OperatorRequest,
});
export type OperatorCall = Readonly<z.infer<typeof OperatorCall>>;

/** A job as an operator sees it: without the ticket and without what was submitted. */
export const OperatorJob = z.extend(StatusWithoutTicket, { owner: z.string() });
export type OperatorJob = Readonly<z.infer<typeof OperatorJob>>;

/** What is recorded of a job's order, without personal data. */
export interface OperatorOrder {
  readonly orderId: string;
  readonly items: number;
  /** In the currency's minor unit. */
  readonly total: number;
  readonly currency: string;
  readonly submittedAt: string;
  readonly createdAt?: string | undefined;
  readonly voidedAt?: string | undefined;
  readonly erasedAt?: string | undefined;
}

/** A failed attempt of a state. */
export interface FailedAttempt {
  readonly state: string;
  /** ISO 8601. */
  readonly at: string;
  readonly error: string;
  readonly cause: string;
}

/** What an execution did. */
export interface ExecutionReport {
  readonly name: string;
  readonly arn: string;
  /** Of the AWS console. */
  readonly url: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly redrives: number;
  /** Why it ended, if it failed or was stopped. */
  readonly end?: Pick<FailedAttempt, 'error' | 'cause'> | undefined;
  /** The latest failed attempts, the oldest first. */
  readonly failedAttempts: readonly FailedAttempt[];
}

/** A line of a function's log. */
export interface LogLine {
  /** ISO 8601. */
  readonly at: string;
  readonly message: string;
}

/** What became of one job of several. */
export interface JobResult {
  readonly jobId: string;
  /** The job's status afterwards; absent if the request was refused. */
  readonly status?: JobStatus | undefined;
  readonly refusal?: string | undefined;
}

/** What is answered to each request. */
export interface OperatorResults {
  readonly list: { readonly jobs: readonly OperatorJob[]; readonly cursor?: string | undefined };
  readonly show: { readonly job: OperatorJob; readonly order?: OperatorOrder | undefined };
  readonly why: {
    readonly job: OperatorJob;
    readonly executions: readonly ExecutionReport[];
    /** Address in the AWS console of the Express state machine, if orders begin in one. */
    readonly express?: string | undefined;
  };
  readonly logs: { readonly lines: readonly LogLine[]; readonly isComplete: boolean };
  readonly cancel: { readonly results: readonly JobResult[] };
  readonly redrive: { readonly results: readonly JobResult[] };
  readonly 'count-dead-letters': {
    readonly queues: readonly { readonly queue: string; readonly messages: number }[];
  };
  readonly 'show-dead-letters': {
    readonly letters: readonly { readonly sentAt: string; readonly body: string }[];
  };
  /** The number of messages that are being moved. */
  readonly 'redrive-dead-letters': { readonly messages: number };
  readonly erase: {
    /** Jobs whose orders were, or would be, erased. */
    readonly erased: readonly string[];
    readonly kept: readonly { readonly jobId: string; readonly reason: string }[];
    readonly cursor?: string | undefined;
  };
}

/** Response of the operator function. */
export type OperatorAnswer<Action extends OperatorAction = OperatorAction> =
  | { readonly result: OperatorResults[Action] }
  | { readonly refusal: { readonly code: string; readonly message: string } };
