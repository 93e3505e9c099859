import { type JobError, StatusDocument, type Step } from '../protocol/protocol.ts';

export type { Step };

/**
 * The processing of one order: the truth that clients see. What a client sees is the protocol's document; the record
 * adds who may see it, and leaves out what follows from the rest.
 */
export interface Job extends Readonly<Omit<StatusDocument, 'progress' | 'result' | 'updatesUrl' | 'steps'>> {
  /** `sub` of the access token that submitted it. */
  readonly owner: string;
  /** Unguessable secret that lets its bearer watch this job, and nothing else. Never logged. */
  readonly ticket: string;
  readonly steps: readonly Step[];
  /** The owner asked for cancellation; honoured when the next stage, or the next attempt of one, begins. */
  readonly cancelRequested?: true;
  /** Somebody is to be called back at its end; where, only the order says. */
  readonly callback?: true;
  /** How the job will end once everything is undone; present while that is so. */
  readonly outcome?: Outcome;
}

/** An end that is not `completed`. */
export interface Outcome {
  readonly status: 'failed' | 'cancelled';
  readonly error: JobError;
  /** A stage that most likely did nothing, and is undone all the same; no client sees that. */
  readonly inDoubt?: string;
}

/** Attributes of a job record, as stored. */
export const jobAttributes: readonly string[] = [
  'owner',
  'ticket',
  ...Object.keys(StatusDocument.shape).filter((name) => !['progress', 'result', 'updatesUrl'].includes(name)),
];

/** Id of the order that a job works on. */
export const orderIdOf = (jobId: string): string => `ord_${jobId}`;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text can be the id of a job. */
export const isJobId = (text: string): boolean => uuid.test(text);

/** Whether a text can be the id of an order. */
export const isOrderId = (text: string): boolean => text.startsWith('ord_') && isJobId(text.slice(4));

/** Key under which the payment provider refuses a second charge. */
export const chargeKeyOf = (jobId: string): string => `${jobId}:charge`;

/** Key under which the payment provider refuses a second refund. */
export const refundKeyOf = (jobId: string): string => `${jobId}:refund`;

/** Whether the job has its final status. */
export const isTerminal = (job: Pick<Job, 'status'>): boolean =>
  job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';

/** Whether a redrive can resume the job. */
export const isRedrivable = (job: Job): boolean => job.status === 'failed' && job.error?.redrivable === true;

/** The stage to work on: every step before it is done, and it is not. None while a job is being undone, or ended. */
export function dueStage(job: Job): string | undefined {
  if (job.outcome) return undefined;
  if (isTerminal(job)) return isRedrivable(job) ? job.error?.stage : undefined;
  return job.steps.find((step) => step.status === 'pending' || step.status === 'in-progress')?.name;
}
