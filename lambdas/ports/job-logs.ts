import type { LogLine } from '../../domain/operator/operator-protocol.ts';

/** The logs of all functions. */
export interface JobLogs {
  /**
   * Reads the lines that name a job, the oldest first.
   *
   * @param since - lines before this time are left out
   */
  read(
    jobId: string,
    since: Date,
  ): Promise<{ readonly lines: readonly LogLine[]; readonly isComplete: boolean }>;
}
