import type { ExecutionRecord } from './execution-store.ts';

/** RedriveExecution takes an execution up to 14 days after its end. */
const redrivablePeriodMs = 14 * 24 * 60 * 60 * 1000;

/** Detail of the EventBridge event "Step Functions Execution Status Change". */
export type ExecutionDescription = ReturnType<typeof describeExecution>;

/**
 * What DescribeExecution and status change events tell of an execution. Dates are epoch milliseconds.
 * @param mostData Leaves out input and output that are together longer.
 */
export function describeExecution(
  execution: ExecutionRecord,
  now: number,
  mostData = Number.POSITIVE_INFINITY,
) {
  const { arn, machine, name, status, started, stopped, input, output, error, cause } = execution;
  const included = input.length + (output?.length ?? 0) <= mostData;
  const obstacle = redriveObstacle(execution, now);
  return {
    executionArn: arn,
    stateMachineArn: machine,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    name,
    status,
    startDate: started,
    stopDate: stopped,
    input: included ? input : null,
    inputDetails: { included },
    output: included ? output : null,
    outputDetails: output === null ? null : { included },
    error,
    cause,
    redriveCount: execution.redrives,
    redriveDate: execution.redriven,
    redriveStatus: obstacle === null ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason: obstacle,
  };
}

/** Why RedriveExecution would refuse the execution, or null. */
export function redriveObstacle({ status, stopped }: ExecutionRecord, now: number): string | null {
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  if (now - (stopped ?? now) <= redrivablePeriodMs) return null;
  return 'Execution ended more than 14 days ago and cannot be redriven';
}
