import type { Log } from '../wire/log.ts';
import { historyEvent, type RecordEvent } from './execution-history.ts';
import type { Ending, ExecutionRecord, ExecutionStore } from './execution-store.ts';
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
  /** As deployed, for DescribeStateMachine. */
  readonly definitionText: string;
  /** Epoch milliseconds. */
  readonly created: number;
}

export interface RunPorts extends InterpreterPorts {
  readonly log: Log;
}

export interface Run {
  readonly record: RecordEvent;
  /** Runs from the stored state, or from the first. Never rejects. */
  drive(machine: Machine): Promise<void>;
  /** Ends the execution; whatever still runs for it is ignored from now on. */
  end(ending: Ending): void;
  /** Stops driving without ending the execution. */
  halt(): void;
}

const endEvents = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', ABORTED: 'Aborted', TIMED_OUT: 'TimedOut' };

/**
 * Drives one execution from state to state until it ends or is halted. Each state is stored before it begins, so that
 * another run can continue there after a restart or a redrive.
 */
export function createRun(
  ports: RunPorts,
  store: ExecutionStore,
  execution: ExecutionRecord,
  ended: () => void,
): Run {
  const { seq } = execution;
  const halting = new AbortController();
  const { signal } = halting;
  let timeout: NodeJS.Timeout | undefined;
  let lastEvent = store.lastEventId(seq);

  const record: RecordEvent = (type, details) => {
    lastEvent += 1;
    store.append(seq, historyEvent(lastEvent, Date.now(), type, details));
    return lastEvent;
  };

  function halt(): void {
    clearTimeout(timeout);
    halting.abort();
  }

  function end(ending: Ending): void {
    if (signal.aborted) return;
    halt();
    const { status, output, error, cause } = ending;
    record(`Execution${endEvents[status]}`, status === 'SUCCEEDED' ? { output } : { error, cause });
    store.end(seq, ending, Date.now());
    ended();
  }

  /** Stores each state as it begins. A state that began before a restart continues uncounted. */
  function entering(machine: Machine) {
    const { state, entered } = execution;
    let isStored = state !== null;
    return async (name: string, type: string, input: string): Promise<Entry> => {
      const before = isStored ? entered : null;
      if (!isStored) record(`${type}StateEntered`, { name, input });
      isStored = false;
      const entry = { at: before ?? Date.now(), eventId: lastEvent };
      if (before !== null) return entry;
      ports.usage.transition(machine.name, name);
      store.enter(seq, name, input, entry.at);
      await store.committed();
      return entry;
    };
  }

  async function drive(machine: Machine): Promise<void> {
    if (signal.aborted) return;
    const { started, redriven, input, state, stateInput } = execution;
    const { definition, name: machineName, role } = machine;
    const { TimeoutSeconds = Number.POSITIVE_INFINITY, StartAt } = definition;
    const left = (redriven ?? started) + TimeoutSeconds * 1000 - Date.now();
    const timedOut = () => end({ status: 'TIMED_OUT', error: 'States.Timeout' });
    if (left <= longestTimerMs) timeout = setTimeout(timedOut, Math.max(0, left));
    const context = contextOf(execution, machine);
    const interpreter = createInterpreter(ports, {
      machineName,
      role,
      context,
      record,
      enter: entering(machine),
    });
    try {
      const from = JSON.parse(stateInput ?? input);
      const output = await interpreter(definition, state ?? StartAt, from, signal);
      end({ status: 'SUCCEEDED', output: JSON.stringify(output) });
    } catch (thrown) {
      const { error, explanation: cause } = thrown as StateError;
      if (!signal.aborted) end({ status: 'FAILED', error, cause });
    }
  }

  return { record, drive, end, halt };
}

/** `Execution` and `StateMachine` of the context object. */
function contextOf(execution: ExecutionRecord, machine: Machine) {
  const { arn, name, input, started, redrives, redriven } = execution;
  return {
    Execution: {
      Id: arn,
      Input: JSON.parse(input),
      Name: name,
      RoleArn: machine.role,
      StartTime: new Date(started).toISOString(),
      RedriveCount: redrives,
      ...(redriven !== null && { RedriveTime: new Date(redriven).toISOString() }),
    },
    StateMachine: { Id: machine.arn, Name: machine.name },
  };
}
