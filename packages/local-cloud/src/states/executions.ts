import { account, region } from '../wire/account.ts';
import { executionEvents } from './execution-history.ts';
import { ExecutionRun, type Machine, type RunPorts } from './execution-run.ts';
import type { ExecutionRecord } from './execution-store.ts';
import { ExecutionStore } from './execution-store.ts';

/** Detail of the EventBridge event "Step Functions Execution Status Change". Dates are epoch milliseconds. */
export interface StatusChange {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionRecord['status'];
  readonly startDate: number;
  readonly stopDate: number | null;
  readonly input: string | null;
  readonly output: string | null;
  readonly inputDetails: { readonly included: boolean } | null;
  readonly outputDetails: { readonly included: boolean } | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly stateMachineVersionArn: null;
  readonly stateMachineAliasArn: null;
  readonly redriveCount: number;
  readonly redriveDate: number | null;
  readonly redriveStatus: Redrivability['redriveStatus'];
  readonly redriveStatusReason: string | null;
}

/** Whether an execution may be redriven, as DescribeExecution tells. */
export interface Redrivability {
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE';
  readonly redriveStatusReason?: string;
}

/** The engine: starts, ends, resumes and redrives executions. Its refusals are its callers': see endpoints/states.ts. */
export interface Executions {
  readonly store: ExecutionStore;
  start(machine: Machine, name: string, input: string): Promise<ExecutionRecord>;
  stop(execution: ExecutionRecord, error?: string, cause?: string): Promise<ExecutionRecord>;
  redrive(machine: Machine, execution: ExecutionRecord, token?: string): Promise<ExecutionRecord>;
  /** Continues the executions that ran when the process ended, each at the state it was in. */
  resume(machine: Machine): void;
  onStatusChange(listener: (change: StatusChange) => void): void;
  /** Stops driving: running executions stay as they are in the store, for the next process to resume. */
  halt(): void;
  close(): Promise<void>;
}

/** AWS redrives up to 14 days after the end. */
const redrivablePeriodMs = 14 * 24 * 60 * 60 * 1000;
/** EventBridge leaves out input and output that are together larger. */
const largestEventData = 248 * 1024;

export const executionArn = (machineName: string, name: string): string =>
  `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;

/** @param file Where executions are kept; without it they end with the process. */
export function createExecutions(ports: RunPorts, file?: string): Executions {
  const store = new ExecutionStore(file);
  const runs = new Map<string, ExecutionRun>();
  let halted = false;
  const listeners: ((change: StatusChange) => void)[] = [];

  async function announce(arn: string): Promise<void> {
    const change = statusChange(store.find(arn) as ExecutionRecord, Date.now());
    await store.committed();
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        ports.log({ level: 'error', message: `A listener to execution ${arn} failed: ${error}` });
      }
    }
  }

  function runOf(execution: ExecutionRecord, machine?: Machine): ExecutionRun {
    const running = runs.get(execution.arn);
    if (running) return running;
    const run = new ExecutionRun(ports, store, execution, () => {
      runs.delete(execution.arn);
      void announce(execution.arn);
    });
    runs.set(execution.arn, run);
    if (halted) run.halt();
    else if (machine) void run.drive(machine);
    return run;
  }

  function halt(): void {
    halted = true;
    for (const run of runs.values()) run.halt();
  }

  return {
    store,
    async start(machine, name, input) {
      const arn = executionArn(machine.name, name);
      const execution = store.start({ arn, machine: machine.arn, name, input, started: Date.now() });
      const run = runOf(execution);
      run.record(executionEvents.started(input, machine.role));
      await Promise.all([store.committed(), announce(arn)]);
      void run.drive(machine);
      return execution;
    },
    async stop(execution, error, cause) {
      if (execution.status === 'RUNNING') {
        runOf(execution).end({ status: 'ABORTED', ...(error ? { error } : {}), ...(cause ? { cause } : {}) });
        await store.committed();
      }
      return store.find(execution.arn) as ExecutionRecord;
    },
    async redrive(machine, { arn, seq }, token) {
      store.redrive(seq, token ?? null, Date.now());
      const execution = store.find(arn) as ExecutionRecord;
      const run = runOf(execution);
      run.record(executionEvents.redriven(execution.redrives));
      await Promise.all([store.committed(), announce(arn)]);
      void run.drive(machine);
      return execution;
    },
    resume(machine) {
      for (const execution of store.running(machine.arn))
        if (!runs.has(execution.arn)) runOf(execution, machine);
    },
    onStatusChange(listener) {
      listeners.push(listener);
    },
    halt,
    async close() {
      halt();
      await store.close();
    },
  };
}

/** Whether RedriveExecution would take this execution now. */
export function redrivability({ status, stopped }: ExecutionRecord, now: number): Redrivability {
  if (status === 'RUNNING' || status === 'SUCCEEDED') {
    return {
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: `Execution is ${status} and cannot be redriven`,
    };
  }
  if (now - (stopped ?? now) > redrivablePeriodMs) {
    return {
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution ended more than 14 days ago and cannot be redriven',
    };
  }
  return { redriveStatus: 'REDRIVABLE' };
}

function statusChange(execution: ExecutionRecord, now: number): StatusChange {
  const included = execution.input.length + (execution.output?.length ?? 0) <= largestEventData;
  const { redriveStatus, redriveStatusReason } = redrivability(execution, now);
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine,
    name: execution.name,
    status: execution.status,
    startDate: execution.started,
    stopDate: execution.stopped,
    input: included ? execution.input : null,
    output: included ? execution.output : null,
    inputDetails: { included },
    outputDetails: execution.output === null ? null : { included },
    error: execution.error,
    cause: execution.cause,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount: execution.redrives,
    redriveDate: execution.redriven,
    redriveStatus,
    redriveStatusReason: redriveStatusReason ?? null,
  };
}
