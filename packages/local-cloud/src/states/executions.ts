import { account, region } from '../wire/account.ts';
import { executionEvents, type HistoryEvent } from './execution-history.ts';
import { ExecutionRun, type Machine, type RunPorts } from './execution-run.ts';
import { type ExecutionRecord, ExecutionStore } from './execution-store.ts';

/** The engine: starts, ends, resumes and redrives executions. The wire protocol refuses what it must not do. */
export type Executions = ReturnType<typeof createExecutions>;
export type StatusChange = ReturnType<typeof statusChange>;

/** AWS redrives up to 14 days after the end. */
const redrivablePeriodMs = 14 * 24 * 60 * 60 * 1000;
/** EventBridge leaves out input and output that are together larger. */
const largestEventData = 248 * 1024;

export const executionArn = (machineName: string, name: string): string =>
  `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;

/** @param file Where executions are kept; without it they end with the process. */
export function createExecutions(ports: RunPorts, file?: string) {
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

  function runOf(execution: ExecutionRecord): ExecutionRun {
    const running = runs.get(execution.arn);
    if (running) return running;
    const run = new ExecutionRun(ports, store, execution, () => {
      runs.delete(execution.arn);
      void announce(execution.arn);
    });
    runs.set(execution.arn, run);
    if (halted) run.halt();
    return run;
  }

  async function begin(machine: Machine, execution: ExecutionRecord, event: HistoryEvent): Promise<void> {
    const run = runOf(execution);
    run.record(event);
    await Promise.all([store.committed(), announce(execution.arn)]);
    void run.drive(machine);
  }

  function halt(): void {
    halted = true;
    for (const run of runs.values()) run.halt();
  }

  return {
    store,
    async start(machine: Machine, name: string, input: string): Promise<ExecutionRecord> {
      const arn = executionArn(machine.name, name);
      const execution = store.start({ arn, machine: machine.arn, name, input, started: Date.now() });
      await begin(machine, execution, executionEvents.started(input, machine.role));
      return execution;
    },
    async stop(execution: ExecutionRecord, error?: string, cause?: string): Promise<ExecutionRecord> {
      if (execution.status === 'RUNNING') {
        runOf(execution).end({ status: 'ABORTED', error, cause });
        await store.committed();
      }
      return store.find(execution.arn) as ExecutionRecord;
    },
    async redrive(machine: Machine, { arn, seq }: ExecutionRecord, token?: string): Promise<ExecutionRecord> {
      store.redrive(seq, token ?? null, Date.now());
      const execution = store.find(arn) as ExecutionRecord;
      await begin(machine, execution, executionEvents.redriven(execution.redrives));
      return execution;
    },
    /** Continues the executions that ran when the process ended, each at the state it was in. */
    resume(machine: Machine): void {
      for (const execution of store.running(machine.arn)) {
        if (!halted && !runs.has(execution.arn)) void runOf(execution).drive(machine);
      }
    },
    onStatusChange(listener: (change: StatusChange) => void): void {
      listeners.push(listener);
    },
    /** Stops driving: running executions stay as they are in the store, for the next process to resume. */
    halt,
    async close(): Promise<void> {
      halt();
      await store.close();
    },
  };
}

/** Whether RedriveExecution would take this execution now, as DescribeExecution tells. */
export function redrivability({ status, stopped }: ExecutionRecord, now: number) {
  const refused = (reason: string) =>
    ({
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: `Execution ${reason} and cannot be redriven`,
    }) as const;
  if (status === 'RUNNING' || status === 'SUCCEEDED') return refused(`is ${status}`);
  if (now - (stopped ?? now) > redrivablePeriodMs) return refused('ended more than 14 days ago');
  return { redriveStatus: 'REDRIVABLE', redriveStatusReason: undefined } as const;
}

/** Detail of the EventBridge event "Step Functions Execution Status Change". Dates are epoch milliseconds. */
function statusChange(execution: ExecutionRecord, now: number) {
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
