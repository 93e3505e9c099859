import type { CancelledJob, CompletedJob, FailedJob, StatusDocument } from './protocol.ts';

/** Whether the job has ended. Only a redrive or a cancellation of a redrivable failure changes it after that. */
export const isTerminal = (job: StatusDocument): job is CompletedJob | FailedJob | CancelledJob =>
  job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';
