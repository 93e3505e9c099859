import type { Job } from '../../domain/job/job.ts';

/** Status of an execution (Step Functions API, DescribeExecution). */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Executions of the order workflow. A job has one, and a second one if its settlement needs an execution of its own. */
export interface Executions {
  /** Starts the execution of a job. Has no effect if it was started before. Rejects when the signal is aborted. */
  start(jobId: string, signal?: AbortSignal): Promise<void>;
  /** Starts the execution that settles a job whose own execution has ended. Has no effect if it was started before. */
  startSettlement(jobId: string): Promise<void>;
  /** @returns undefined if the job's execution was never started */
  status(jobId: string): Promise<ExecutionStatus | undefined>;
  /** @returns undefined if the job has no settlement execution */
  settlementStatus(jobId: string): Promise<ExecutionStatus | undefined>;
  /**
   * Redrives the execution that failed: the settlement execution if the job is being undone by one, else the job's own.
   *
   * @returns false if it cannot be redriven, or no longer
   */
  redrive(job: Job): Promise<boolean>;
}
