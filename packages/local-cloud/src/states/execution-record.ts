const redrivablePeriodMs = 14 * 24 * 60 * 60 * 1000;

/** One execution as stored, `seq` in order of starting. Times are epoch milliseconds; data is JSON text. */
export interface ExecutionRecord {
  readonly seq: number;
  readonly arn: string;
  readonly machine: string;
  /** The machine's version that it started with. */
  readonly version: number;
  readonly name: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly started: number;
  readonly stopped: number | null;
  readonly redrives: number;
  readonly redriven: number | null;
  readonly redriveToken: string | null;
  /** The state it is in, or ended in; null before the first. */
  readonly state: string | null;
  readonly stateInput: string | null;
  readonly entered: number | null;
}

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

/** What DescribeExecution and EventBridge's status change events tell of an execution. */
export function descriptionOf(execution: ExecutionRecord, now: number) {
  const { input, output, error, cause } = execution;
  const redriveStatusReason = redriveObstacle(execution, now);
  return {
    ...summaryOf(execution),
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    input,
    inputDetails: { included: true },
    output,
    outputDetails: output === null ? null : { included: true },
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

/** Members of an event's details; `input` and `output` are JSON text. */
type EventDetails = Readonly<Record<string, unknown>>;

/** Appends an event such as `MapStateStarted` to a history. @returns the event's id */
export type RecordEvent = (type: string, details?: EventDetails) => number;

/** An event as GetExecutionHistory returns it: its details are in a member that is named after its type. */
export function historyEvent(id: number, at: number, type: string, details: EventDetails = {}) {
  const event = { id, previousEventId: id - 1, timestamp: at / 1000, type };
  if (Object.keys(details).length === 0) return event;
  // all types of states share `stateEnteredEventDetails` and `stateExitedEventDetails`
  const name = type.replace(/^.*(?=State(Entered|Exited)$)/, '');
  const data = ['input', 'output'].filter((member) => member in details);
  const truncated = Object.fromEntries(data.map((member) => [`${member}Details`, { truncated: false }]));
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}EventDetails`;
  return { ...event, [member]: { ...details, ...truncated } };
}
