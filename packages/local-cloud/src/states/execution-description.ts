import type { ExecutionRecord } from './execution-store.ts';

const redrivablePeriodMs = 14 * 24 * 60 * 60 * 1000;

/** Detail of the EventBridge event "Step Functions Execution Status Change". */
export type ExecutionDescription = ReturnType<typeof describeExecution>;

/** What ListExecutions tells of an execution. Dates are epoch milliseconds. */
export const summaryOf = (execution: ExecutionRecord) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machine,
  name: execution.name,
  status: execution.status,
  startDate: execution.started,
  stopDate: execution.stopped,
  redriveCount: execution.redrives,
  redriveDate: execution.redriven,
});

/**
 * What DescribeExecution and status change events tell of an execution.
 * @param mostData Leaves out input and output that are together longer.
 */
export function describeExecution(execution: ExecutionRecord, now: number, mostData = Infinity) {
  const { input, output, error, cause } = execution;
  const included = input.length + (output?.length ?? 0) <= mostData;
  const redriveStatusReason = redriveObstacle(execution, now);
  return {
    ...summaryOf(execution),
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    input: included ? input : null,
    inputDetails: { included },
    output: included ? output : null,
    outputDetails: output === null ? null : { included },
    error,
    cause,
    redriveStatus: redriveStatusReason === null ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason,
  };
}

/** Why RedriveExecution would refuse the execution, or null. */
export function redriveObstacle({ status, stopped }: ExecutionRecord, now: number): string | null {
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  if (now - (stopped ?? now) <= redrivablePeriodMs) return null;
  return 'Execution ended more than 14 days ago and cannot be redriven';
}
