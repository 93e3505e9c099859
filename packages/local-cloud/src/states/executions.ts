import { account, region } from '../wire/account.ts';
import { describeExecution, type ExecutionDescription } from './execution-description.ts';
import type { EventDetails } from './execution-history.ts';
import { createRun, type Machine, type Run, type RunPorts } from './execution-run.ts';
import { createExecutionStore, type ExecutionRecord } from './execution-store.ts';

export type Executions = ReturnType<typeof createExecutions>;

/** EventBridge leaves out input and output that are together longer. */
const largestEventData = 248 * 1024;

export const executionArn = (machineName: string, name: string): string =>
  `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;

/**
 * The engine: starts, stops, redrives and resumes executions. The wire API refuses what AWS refuses.
 * @param file Keeps executions; without it they end with the process.
 */
export function createExecutions(ports: RunPorts, file?: string) {
  const store = createExecutionStore(file);
  const runs = new Map<string, Run>();
  const listeners: ((change: ExecutionDescription) => void)[] = [];
  let halted = false;

  async function announce(arn: string): Promise<void> {
    const change = describeExecution(store.find(arn) as ExecutionRecord, Date.now(), largestEventData);
    await store.committed();
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        ports.log({ level: 'error', message: `A listener to execution ${arn} failed: ${error}` });
      }
    }
  }

  function runOf(execution: ExecutionRecord): Run {
    const running = runs.get(execution.arn);
    if (running) return running;
    const run = createRun(ports, store, execution, () => {
      runs.delete(execution.arn);
      void announce(execution.arn);
    });
    runs.set(execution.arn, run);
    if (halted) run.halt();
    return run;
  }

  async function begin(machine: Machine, execution: ExecutionRecord, type: string, details: EventDetails) {
    const run = runOf(execution);
    run.record(type, details);
    await Promise.all([store.committed(), announce(execution.arn)]);
    void run.drive(machine);
    return execution;
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
      return await begin(machine, execution, 'ExecutionStarted', { input, roleArn: machine.role });
    },
    async stop(execution: ExecutionRecord, error?: string, cause?: string): Promise<ExecutionRecord> {
      if (execution.status === 'RUNNING') {
        runOf(execution).end({ status: 'ABORTED', error, cause });
        await store.committed();
      }
      return store.find(execution.arn) as ExecutionRecord;
    },
    async redrive(machine: Machine, { arn, seq }: ExecutionRecord, token?: string): Promise<ExecutionRecord> {
      store.redrive(seq, token, Date.now());
      const execution = store.find(arn) as ExecutionRecord;
      return await begin(machine, execution, 'ExecutionRedriven', { redriveCount: execution.redrives });
    },
    /** Continues the executions that ran when the process last ended, each at the state it was in. */
    resume(machine: Machine): void {
      const running = store.list(machine.arn, 'RUNNING', Number.MAX_SAFE_INTEGER, -1).reverse();
      for (const execution of running) {
        if (!halted && !runs.has(execution.arn)) void runOf(execution).drive(machine);
      }
    },
    /** Calls the listener when an execution has started, ended or been redriven, once that is durable. */
    onStatusChange(listener: (change: ExecutionDescription) => void): void {
      listeners.push(listener);
    },
    /** Stops driving. Running executions stay as they are in the store, for the next process to resume. */
    halt,
    async close(): Promise<void> {
      halt();
      await store.close();
    },
  };
}
