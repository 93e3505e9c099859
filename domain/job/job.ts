import * as z from 'zod/mini';
import { JobError, Step as PublicStep, StatusDocument } from '../protocol/protocol.ts';

/** A step of a job's record. */
const JobStep = z.object({
  ...PublicStep.shape,
  /**
   * What undoes the step: the name of a compensation, or null for nothing. Recorded when the step begins, so that a later
   * stage table undoes what an earlier one did. Absent from steps that have not begun.
   */
  compensation: z.optional(z.nullable(z.string())),
});
export type Step = Readonly<z.infer<typeof JobStep>>;

/** Why a stage or a job failed: a stable code, and a sentence for a person. */
export type Reason = Pick<JobError, 'code' | 'message'>;

/** How a job ends once everything is undone. */
const Outcome = z.object({
  status: z.enum(['failed', 'cancelled']),
  error: z.object(JobError.shape),
});
export type Outcome = Readonly<z.infer<typeof Outcome>>;

const documented = z.omit(StatusDocument, { progress: true, result: true, updatesUrl: true }).shape;

/**
 * The record of one order's processing. It holds what the status document shows, except what follows from the rest,
 * and adds private fields. Unknown fields are stripped, so that a version of the code can read records of a later one.
 */
export const Job = z.object({
  ...documented,
  steps: z.array(JobStep),
  error: z.optional(z.object(JobError.shape)),
  /** `sub` of the access token that submitted the order. */
  owner: z.string(),
  /** Unguessable secret that lets its bearer watch this job, and nothing else. Never logged. */
  ticket: z.string(),
  /** Days that the record is kept after its last change. */
  retentionDays: z._default(z.number(), 30),
  /** Seconds that a failure waits for a redrive. */
  redriveSeconds: z._default(z.number(), 7 * 86_400),
  /** Progress that was shown before the steps of the job changed. Progress never falls below it. */
  reached: z.optional(z.int()),
  /** The job was redriven at least once. */
  redriven: z.optional(z.literal(true)),
  /** Number of the execution that settles the job, if it needs one of its own; absent for the first. */
  settlement: z.optional(z.int()),
  /** A webhook is sent when the job ends. Only the order knows the URL. */
  webhook: z.optional(z.literal(true)),
  /** Present while the job is being undone. */
  outcome: z.optional(Outcome),
});
export type Job = Readonly<Omit<z.infer<typeof Job>, 'steps'>> & { readonly steps: readonly Step[] };

/** Id of the order that a job processes. */
export const orderIdOf = (jobId: string): string => `ord_${jobId}`;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text has the form of a job id. */
export const isJobId = (text: string): boolean => uuid.test(text);

/** Whether a text has the form of an order id. */
export const isOrderId = (text: string): boolean => text.startsWith('ord_') && isJobId(text.slice(4));

/** Idempotency key of the job's charge: the payment provider refuses a second charge under it. */
export const chargeKeyOf = (jobId: string): string => `${jobId}:charge`;

/** Idempotency key of the job's refund: the payment provider refuses a second refund under it. */
export const refundKeyOf = (jobId: string): string => `${jobId}:refund`;

/** Whether the job has ended. A failed job may still be redriven. */
export const isTerminal = (job: Pick<Job, 'status'>): boolean =>
  job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';

/** Whether the job failed and waits for a redrive. */
export const isRedrivable = (job: Job): boolean => job.status === 'failed' && job.error?.redrivable === true;

/** Whether a failure has waited for a redrive for as long as it may. */
export const isRedriveOverdue = (job: Job, now: Date): boolean =>
  isRedrivable(job) && now.toISOString() >= (job.error?.redrivableUntil ?? '');

/** The first stage that is not done yet. Undefined while the job is being undone and after it has ended for good. */
export function dueStage(job: Job): string | undefined {
  if (job.outcome || (isTerminal(job) && !isRedrivable(job))) return undefined;
  return job.steps.find((step) => isUndone(step) || (isRedrivable(job) && step.name === job.error?.stage))
    ?.name;
}

/** Whether the step still has to be done. */
export const isUndone = ({ status }: Step): boolean => status === 'pending' || status === 'in-progress';
