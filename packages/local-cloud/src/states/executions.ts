import { account, region } from '../wire/account.ts';
import type { Log } from '../wire/log.ts';
import { describeExecution, type ExecutionDescription } from './execution-description.ts';
import { type EventDetails, historyEvent, type RecordEvent } from './execution-history.ts';
import { createExecutionStore, type ExecutionRecord } from './execution-store.ts';
import { createInterpreter, type Entry, type InterpreterPorts } from './interpreter.ts';
import { longestTimerMs } from './lambda-task.ts';
import type { StateError } from './state-error.ts';
import type { Definition } from './state-machine-definition.ts';

/** A deployed state machine. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly role: string;
  readonly definition: Definition;
  readonly definitionText: string;
  /** Epoch milliseconds. */
  readonly created: number;
}

export type ExecutionsPorts = InterpreterPorts & { readonly log: Log };
type Text = string | undefined;
type End = (status: keyof typeof endings, ending: { output?: string; error?: Text; cause?: Text }) => void;
export type Executions = ReturnType<typeof createExecutions>;

/** EventBridge leaves out input and output that are together longer. */
const largestEventData = 248 * 1024;
const endings = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', ABORTED: 'Aborted', TIMED_OUT: 'TimedOut' };

export const executionArn = (machineName: string, name: string): string =>
  `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;

/**
 * The engine: starts, stops, redrives and resumes executions. The wire API refuses what AWS refuses.
 * @param file Keeps executions; without it they end with the process.
 */
export function createExecutions(ports: ExecutionsPorts, file?: string) {
  const store = createExecutionStore(file);
  const runs = new Map<string, { end: End; halt(): void }>();
  const listeners: ((change: ExecutionDescription) => void)[] = [];
  let halted = false;

  const find = (arn: string): ExecutionRecord => store.find(arn) as ExecutionRecord;

  async function announce(arn: string): Promise<void> {
    const change = describeExecution(find(arn), Date.now(), largestEventData);
    await store.committed();
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        ports.log({ level: 'error', message: `A listener to execution ${arn} failed: ${error}` });
      }
    }
  }

  /**
   * Drives one execution from state to state until it ends or is halted. Each state is stored before it begins, so
   * that another run can continue there after a restart or a redrive.
   */
  function createRun(execution: ExecutionRecord) {
    const { seq, arn } = execution;
    const halting = new AbortController();
    const { signal } = halting;
    let timeout: NodeJS.Timeout | undefined;
    let lastEvent = store.lastEventId(seq);

    const record: RecordEvent = (type, details) => {
      lastEvent += 1;
      store.append(seq, lastEvent, JSON.stringify(historyEvent(lastEvent, Date.now(), type, details)));
      return lastEvent;
    };

    const halt = () => halting.abort();
    signal.addEventListener('abort', () => clearTimeout(timeout));

    /** Whatever still runs for the execution is ignored from now on. */
    const end: End = (status, { output, error, cause }) => {
      if (signal.aborted) return;
      halt();
      record(`Execution${endings[status]}`, status === 'SUCCEEDED' ? { output } : { error, cause });
      store.end(seq, Date.now(), status, output ?? null, error ?? null, cause ?? null);
      runs.delete(arn);
      void announce(arn);
    };

    /** Runs from the stored state, or from the first. Never rejects. */
    async function drive(machine: Machine): Promise<void> {
      if (signal.aborted) return;
      const { started, redriven, input, state, stateInput, entered } = execution;
      const { definition, name: machineName, role } = machine;
      const { TimeoutSeconds = Number.POSITIVE_INFINITY, StartAt } = definition;
      const left = (redriven ?? started) + TimeoutSeconds * 1000 - Date.now();
      const timedOut = () => end('TIMED_OUT', { error: 'States.Timeout' });
      if (left <= longestTimerMs) timeout = setTimeout(timedOut, Math.max(0, left));
      let isStored = state !== null;
      const enter = async (name: string, type: string, input: string): Promise<Entry> => {
        const before = isStored ? entered : null;
        if (!isStored) record(`${type}StateEntered`, { name, input });
        isStored = false;
        const entry = { at: before ?? Date.now(), eventId: lastEvent };
        // what began before a restart continues uncounted
        if (before !== null) return entry;
        ports.usage.transition(machineName, name);
        store.enter(seq, name, input, entry.at);
        await store.committed();
        return entry;
      };
      const context = contextOf(execution, machine);
      const run = createInterpreter(ports, { machineName, role, context, record, enter });
      try {
        const output = await run(definition, state ?? StartAt, JSON.parse(stateInput ?? input), signal);
        end('SUCCEEDED', { output: JSON.stringify(output) });
      } catch (thrown) {
        const { error, explanation: cause } = thrown as StateError;
        if (!signal.aborted) end('FAILED', { error, cause });
      }
    }

    if (halted) halt();
    const run = { record, drive, end, halt };
    runs.set(arn, run);
    return run;
  }

  async function begin(machine: Machine, execution: ExecutionRecord, type: string, details: EventDetails) {
    const run = createRun(execution);
    run.record(type, details);
    await announce(execution.arn);
    void run.drive(machine);
    return execution;
  }

  /** Stops driving. Running executions stay as they are in the store, for the next process to resume. */
  function halt(): void {
    halted = true;
    for (const run of runs.values()) run.halt();
  }

  return {
    store,
    halt,
    async start(machine: Machine, name: string, input: string): Promise<ExecutionRecord> {
      const arn = executionArn(machine.name, name);
      store.start(arn, machine.arn, name, input, Date.now());
      return await begin(machine, find(arn), 'ExecutionStarted', { input, roleArn: machine.role });
    },
    async stop(execution: ExecutionRecord, error?: string, cause?: string): Promise<ExecutionRecord> {
      const run = () => runs.get(execution.arn) ?? createRun(execution);
      if (execution.status === 'RUNNING') run().end('ABORTED', { error, cause });
      await store.committed();
      return find(execution.arn);
    },
    async redrive(machine: Machine, { arn, seq }: ExecutionRecord, token?: string): Promise<ExecutionRecord> {
      store.redrive(seq, token ?? null, Date.now());
      const execution = find(arn);
      return await begin(machine, execution, 'ExecutionRedriven', { redriveCount: execution.redrives });
    },
    /** Continues the executions that ran when the process last ended, each at the state it was in. */
    resume(machine: Machine): void {
      const running = store.list(machine.arn, 'RUNNING', Number.MAX_SAFE_INTEGER, -1).reverse();
      for (const execution of running) if (!runs.has(execution.arn)) void createRun(execution).drive(machine);
    },
    /** Calls the listener when an execution has started, ended or been redriven, once that is durable. */
    onStatusChange: (listener: (change: ExecutionDescription) => void): void => void listeners.push(listener),
    async close(): Promise<void> {
      halt();
      await store.close();
    },
  };
}

/** `Execution` and `StateMachine` of the context object. */
function contextOf(execution: ExecutionRecord, machine: Machine) {
  const { arn, name, input, started, redrives, redriven } = execution;
  const StartTime = new Date(started).toISOString();
  const times =
    redriven === null ? { StartTime } : { StartTime, RedriveTime: new Date(redriven).toISOString() };
  const Input: unknown = JSON.parse(input);
  return {
    Execution: { Id: arn, Input, Name: name, RoleArn: machine.role, RedriveCount: redrives, ...times },
    StateMachine: { Id: machine.arn, Name: machine.name },
  };
}
