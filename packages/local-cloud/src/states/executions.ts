import { account, region } from '../wire/account.ts';
import { descriptionOf, type ExecutionRecord, historyEvent, type RecordEvent } from './execution-record.ts';
import { createExecutionStore } from './execution-store.ts';
import { createInterpreter, type Entry, type InterpreterPorts } from './interpreter.ts';
import { longestTimerMs } from './lambda-task.ts';
import type { Machine } from './machine.ts';
import type { StateError } from './state-error.ts';
import { parseDefinition } from './state-machine-definition.ts';

type Text = string | undefined;
type Listener = (change: ReturnType<typeof descriptionOf>) => void;
type End = (status: keyof typeof endings, ending: { output?: string; error?: Text; cause?: Text }) => void;
export type Executions = ReturnType<typeof createExecutions>;

const endings = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', ABORTED: 'Aborted', TIMED_OUT: 'TimedOut' };

export const executionArn = (machineName: string, name: string): string =>
  `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;

/** Starts, stops, redrives and resumes executions. @param file Keeps them; without it they end with the process. */
export function createExecutions(ports: InterpreterPorts, file?: string) {
  const store = createExecutionStore(file);
  const runs = new Map<string, { end: End; halt(): void }>();
  const listeners: Listener[] = [];
  let halted = false;

  const find = (arn: string): ExecutionRecord => store.find(arn) as ExecutionRecord;

  /** The machine as it was when the execution started. It runs that to its end, also when it is redriven. */
  function versionFor({ version }: ExecutionRecord, present: Machine): Machine {
    if (version === present.version) return present;
    const { role, definition: definitionText } = store.version(version);
    return { ...present, role, definitionText, definition: parseDefinition(definitionText), version };
  }

  async function announce(arn: string): Promise<void> {
    const change = descriptionOf(find(arn), Date.now());
    await store.committed();
    for (const listener of listeners) listener(change);
  }

  /** Drives one execution. Each state is stored before it begins: another run can continue there. */
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
    async function drive(present: Machine): Promise<void> {
      if (signal.aborted) return;
      const machine = versionFor(execution, present);
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

  async function begin(machine: Machine, execution: ExecutionRecord, ...event: Parameters<RecordEvent>) {
    const run = createRun(execution);
    run.record(...event);
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
      store.start(arn, machine.arn, machine.version, name, input, Date.now());
      return await begin(machine, find(arn), 'ExecutionStarted', { input, roleArn: machine.role });
    },
    async stop(execution: ExecutionRecord, error?: string, cause?: string): Promise<ExecutionRecord> {
      const run = () => runs.get(execution.arn) ?? createRun(execution);
      if (execution.status === 'RUNNING') run().end('ABORTED', { error, cause });
      await store.committed();
      return find(execution.arn);
    },
    async redrive(machine: Machine, { arn, seq }: ExecutionRecord, token?: string): Promise<ExecutionRecord> {
      store.redrive(seq, Date.now(), token ?? null);
      const execution = find(arn);
      return await begin(machine, execution, 'ExecutionRedriven', { redriveCount: execution.redrives });
    },
    /** Continues the executions that ran when the process last ended, each at the state it was in. */
    resume(machine: Machine): void {
      const running = store.list(machine.arn, 'RUNNING', Number.MAX_SAFE_INTEGER, -1).reverse();
      for (const execution of running) if (!runs.has(execution.arn)) void createRun(execution).drive(machine);
    },
    /** Calls the listener, which must not throw, when an execution durably started, ended or was redriven. */
    onStatusChange: (listener: Listener): void => void listeners.push(listener),
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
