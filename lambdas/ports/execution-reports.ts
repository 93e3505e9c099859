import type { ExecutionReport } from '../../domain/operator/operator-protocol.ts';

/** What executions did, for operators. */
export interface ExecutionReports {
  /**
   * @param name - name of the execution
   * @returns undefined if there is no such execution
   */
  read(name: string): Promise<ExecutionReport | undefined>;
}
