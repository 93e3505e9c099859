import type { Job } from '../../domain/job/job.ts';

/** Status of an execution (Step Functions API, DescribeExecution). */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What the name of a settlement execution depends on. */
export type Settled = Pick<Job, 'jobId' | 'settlement'>;

/** A state that waits for its next attempt. */
export interface AwaitedRetry {
  /** Name of the state. */
  readonly state: string;
  /** Number of attempts that failed. */
  readonly attempts: number;
  /** When the last one failed. */
  readonly failedAt: Date;
}

/** Executions of the order workflow. A job has one, and others if its settlement needs executions of its own. */
export interface Executions {
  /**
   * Starts the execution of a job. Has no effect if it was started before. Rejects when the signal is aborted.
   *
   * @returns when the execution that runs now began, which may have been before; undefined if it has ended
   */
  start(jobId: string, signal?: AbortSignal): Promise<Date | undefined>;
  /** Starts the execution that settles a job whose own execution has ended. Has no effect if it was started before. */
  startSettlement(job: Settled): Promise<void>;
  /** @returns undefined if the job's execution was never started */
  status(jobId: string): Promise<ExecutionStatus | undefined>;
  /** @returns undefined if the job's present settlement execution was never started */
  settlementStatus(job: Settled): Promise<ExecutionStatus | undefined>;
  /**
   * Redrives the job's execution, which failed.
   *
   * @returns whether it is running again; false if it cannot be redriven, or no longer
   */
  redrive(jobId: string): Promise<boolean>;
  /** @returns the failed attempts of the state in which the execution waits for a retry; undefined if it does not wait */
  awaitedRetry(jobId: string): Promise<AwaitedRetry | undefined>;
}
