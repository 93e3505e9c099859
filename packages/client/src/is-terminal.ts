import type { CancelledJob, CompletedJob, FailedJob, StatusDocument } from './protocol.ts';

/** The statuses of jobs that have ended. */
export const terminal: readonly string[] = ['completed', 'failed', 'cancelled'];

/** Whether the job has ended. Only a redrive or a cancellation of a redrivable failure changes it after that. */
export const isTerminal = (job: StatusDocument): job is CompletedJob | FailedJob | CancelledJob =>
  terminal.includes(job.status);
