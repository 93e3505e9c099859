import type { Log } from '../wire/log.ts';
import { type Ending, executionEvents, type HistoryEvent, stateEvents } from './execution-history.ts';
import type { ExecutionRecord, ExecutionStore } from './execution-store.ts';
import { type Entry, Interpreter, type InterpreterPorts } from './interpreter.ts';
import type { StateError } from './state-error.ts';
import type { Definition } from './state-machine-definition.ts';
import { longestTimerMs } from './task-attempt.ts';

/** A deployed state machine. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly role: string;
  readonly definition: Definition;
  /** As deployed, for DescribeStateMachine. */
  readonly definitionText: string;
  readonly created: number;
}

/** What a run works with. */
export interface RunPorts extends InterpreterPorts {
  readonly log: Log;
}

/**
 * Drives one execution from state to state until it ends or is halted. Each state is stored before it begins, so that
 * another run can continue there after a restart or a redrive.
 */
export class ExecutionRun {
  readonly #ports: RunPorts;
  readonly #store: ExecutionStore;
  readonly #execution: ExecutionRecord;
  readonly #ended: () => void;
  readonly #halting = new AbortController();
  #timeout: NodeJS.Timeout | undefined;
  #lastEvent: number;

  constructor(ports: RunPorts, store: ExecutionStore, execution: ExecutionRecord, ended: () => void) {
    this.#ports = ports;
    this.#store = store;
    this.#execution = execution;
    this.#ended = ended;
    this.#lastEvent = store.lastEventId(execution.seq);
  }

  /** Appends to the execution's history. @returns the event's id */
  record(event: HistoryEvent): number {
    const id = ++this.#lastEvent;
    const recorded = { timestamp: Date.now() / 1000, id, previousEventId: id - 1, ...event };
    this.#store.append(this.#execution.seq, recorded);
    return id;
  }

  /** Ends the execution; whatever still runs for it is ignored from now on. */
  end(ending: Ending): void {
    if (this.#halting.signal.aborted) return;
    this.halt();
    this.record(executionEvents.ended(ending));
    this.#store.end(this.#execution.seq, ending, Date.now());
    this.#ended();
  }

  /** Stops driving without ending the execution. */
  halt(): void {
    clearTimeout(this.#timeout);
    this.#halting.abort();
  }

  /** Runs from the stored state, or from the first. Never rejects. */
  async drive(machine: Machine): Promise<void> {
    const { signal } = this.#halting;
    if (signal.aborted) return;
    const { started, redriven, input, state, stateInput } = this.#execution;
    const { StartAt, TimeoutSeconds } = machine.definition;
    if (TimeoutSeconds !== undefined) {
      const left = (redriven ?? started) + TimeoutSeconds * 1000 - Date.now();
      const timedOut = () => this.end({ status: 'TIMED_OUT', error: 'States.Timeout' });
      if (left <= longestTimerMs) this.#timeout = setTimeout(timedOut, Math.max(0, left));
    }
    const interpreter = new Interpreter(this.#ports, {
      machineName: machine.name,
      role: machine.role,
      context: this.#context(machine),
      record: (event) => this.record(event),
      enter: this.#entering(machine),
    });
    try {
      const output = await interpreter.run(
        machine.definition,
        state ?? StartAt,
        JSON.parse(stateInput ?? input),
        signal,
      );
      this.end({ status: 'SUCCEEDED', output: JSON.stringify(output) });
    } catch (thrown) {
      const { error, explanation: cause } = thrown as StateError;
      if (!signal.aborted) this.end({ status: 'FAILED', error, cause });
    }
  }

  /** Stores each state as it begins. The first may have begun before a restart: that continues it, uncounted. */
  #entering(machine: Machine): (name: string, type: string, input: unknown) => Promise<Entry> {
    const { seq, state, entered } = this.#execution;
    let isStored = state !== null;
    return async (name, type, input) => {
      const before = isStored ? entered : null;
      if (!isStored) this.record(stateEvents.entered(type, name, input));
      isStored = false;
      const entry = { at: before ?? Date.now(), eventId: this.#lastEvent };
      if (before !== null) return entry;
      this.#ports.usage.transition(machine.name, name);
      this.#store.enter(seq, name, JSON.stringify(input), entry.at);
      await this.#store.committed();
      return entry;
    };
  }

  #context(machine: Machine): Readonly<Record<string, unknown>> {
    const { arn, name, input, started, redrives, redriven } = this.#execution;
    return {
      Execution: {
        Id: arn,
        Input: JSON.parse(input),
        Name: name,
        RoleArn: machine.role,
        StartTime: new Date(started).toISOString(),
        RedriveCount: redrives,
        ...(redriven === null ? {} : { RedriveTime: new Date(redriven).toISOString() }),
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
    };
  }
}
