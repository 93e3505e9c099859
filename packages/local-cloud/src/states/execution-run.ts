import { setTimeout as sleep } from 'node:timers/promises';
import type { StateMachine } from 'aws-local-stepfunctions';
import type { Usage } from '../usage/usage.ts';
import { region } from '../wire/account.ts';
import type { Log } from '../wire/log.ts';
import { attemptEvents, executionEvents, type HistoryEvent, stateEvents } from './execution-history.ts';
import type { Ending, ExecutionRecord, ExecutionStore } from './execution-store.ts';
import {
  executionContextName,
  type Landed,
  type RunnableDefinition,
  type RunnableState,
} from './state-machine-definition.ts';
import type { State } from './state-machine-support.ts';
import { type Integration, TaskError, type TaskPorts } from './task-integrations.ts';

/** A deployed state machine. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly role: string;
  readonly definition: RunnableDefinition;
  /** As deployed, for DescribeStateMachine. */
  readonly definitionText: string;
  readonly created: number;
}

/** What a run works with. */
export interface RunPorts extends TaskPorts {
  readonly usage: Pick<Usage, 'transition'>;
  /** Factor on waits and retry intervals. */
  readonly timeScale: number;
  readonly log: Log;
}

/** AWS's limit on inputs, outputs and task results, in bytes of UTF-8. */
export const largestPayload = 262_144;
/** Longest delay of a Node.js timer. */
const longestTimerMs = 2 ** 31 - 1;

interface StateContext {
  readonly Name: string;
  readonly EnteredTime: string;
  RetryCount: number;
}

/**
 * Drives one execution from state to state, until it ends or is halted. A state is recorded before it begins, so
 * that another run can continue there after a restart or a redrive.
 */
export class ExecutionRun {
  readonly #ports: RunPorts;
  readonly #store: ExecutionStore;
  readonly #execution: ExecutionRecord;
  readonly #ended: () => void;
  readonly #halting = new AbortController();
  readonly #halted = Promise.withResolvers<never>();
  #timeout: NodeJS.Timeout | undefined;
  #abortState: (() => void) | undefined;
  #lastEvent: number;

  constructor(ports: RunPorts, store: ExecutionStore, execution: ExecutionRecord, ended: () => void) {
    this.#ports = ports;
    this.#store = store;
    this.#execution = execution;
    this.#ended = ended;
    this.#lastEvent = store.lastEventId(execution.seq);
    this.#halted.promise.catch(() => {});
  }

  /** Appends to the execution's history. */
  record(event: HistoryEvent): void {
    const id = ++this.#lastEvent;
    this.#store.append(this.#execution.seq, {
      timestamp: Date.now() / 1000,
      id,
      previousEventId: id - 1,
      ...event,
    });
  }

  /** Ends the execution; whatever still runs for it is ignored from now on. */
  end(ending: Ending): void {
    if (this.#halting.signal.aborted) return;
    this.halt();
    const { error, cause } = ending;
    if (ending.status === 'SUCCEEDED') this.record(executionEvents.succeeded(ending.output ?? 'null'));
    if (ending.status === 'FAILED') this.record(executionEvents.failed(error, cause));
    if (ending.status === 'ABORTED') this.record(executionEvents.aborted(error, cause));
    if (ending.status === 'TIMED_OUT') this.record(executionEvents.timedOut(error, cause));
    this.#store.end(this.#execution.seq, ending, Date.now());
    this.#ended();
  }

  /** Stops driving without ending the execution. */
  halt(): void {
    clearTimeout(this.#timeout);
    this.#halting.abort();
    this.#halted.reject(halted());
    this.#abortState?.();
  }

  /** Runs from the recorded state, or from the first. Never rejects. */
  async drive(machine: Machine): Promise<void> {
    if (this.#halting.signal.aborted) return;
    const { started, redriven, input, state, stateInput } = this.#execution;
    if (machine.definition.timeoutMs !== undefined) {
      const left = (redriven ?? started) + machine.definition.timeoutMs - Date.now();
      if (left <= longestTimerMs) {
        const timedOut = () => this.end({ status: 'TIMED_OUT', error: 'States.Timeout' });
        this.#timeout = setTimeout(timedOut, Math.max(0, left));
      }
    }
    try {
      const at = state ?? machine.definition.startAt;
      const output = await this.#walk(machine, at, JSON.parse(stateInput ?? input), state !== null);
      this.end({ status: 'SUCCEEDED', output });
    } catch (error) {
      if (!this.#halting.signal.aborted) this.end({ status: 'FAILED', ...failure(error as Error) });
    }
  }

  async #walk(machine: Machine, startAt: string, startInput: unknown, again: boolean): Promise<string> {
    let name = startAt;
    let input = startInput;
    let recorded = again;
    for (;;) {
      const state = machine.definition.states.get(name);
      if (!state)
        throw new TaskError('States.Runtime', `The state "${name}" is not in the deployed definition.`);
      const { entered: before, seq } = this.#execution;
      const entered = recorded && before !== null ? before : Date.now();
      if (!recorded) this.record(stateEvents.entered(state.state.Type, name, input));
      // a restart of this machine continues a state; only entering and redriving are transitions
      if (!recorded || before === null) {
        this.#ports.usage.transition(machine.name, name);
        this.#store.enter(seq, name, JSON.stringify(input), entered);
        await this.#store.committed();
      }
      recorded = false;
      const { next, output } = await this.#perform(machine, state, input, entered);
      if (this.#halting.signal.aborted) throw halted();
      const text = JSON.stringify(output ?? null);
      refuseTooLarge(text, `state "${name}"`);
      this.record(stateEvents.exited(state.state.Type, name, output));
      if (next === undefined) return text;
      name = next;
      input = output;
    }
  }

  /** Lets the interpreter run one state, with its retries, up to where it leads. */
  async #perform(machine: Machine, state: RunnableState, input: unknown, entered: number): Promise<Landed> {
    if (this.#halting.signal.aborted) throw halted();
    const { arn, name, input: executionInput, started, redrives, redriven } = this.#execution;
    const context: StateContext = {
      Name: state.name,
      EnteredTime: new Date(entered).toISOString(),
      RetryCount: 0,
    };
    const handlers: Record<string, (input: unknown) => unknown> = { ...state.landings };
    for (const [taskName, task] of state.tasks) {
      handlers[taskName] = (taskInput) =>
        task.integration
          ? this.#attempt(machine, taskName, task.state, task.integration, taskInput, context)
          : this.#wait(taskInput as WaitInput, state.nested.has(taskName) ? Date.now() : entered);
    }
    const run = state.machine.run(input as Json, {
      overrides: { taskResourceLocalHandlers: handlers as Record<string, (input: Json) => Json> },
      context: {
        [executionContextName]: {
          Id: arn,
          Input: JSON.parse(executionInput),
          Name: name,
          RoleArn: machine.role,
          StartTime: new Date(started).toISOString(),
          RedriveCount: redrives,
          ...(redriven === null ? {} : { RedriveTime: new Date(redriven).toISOString() }),
        },
        State: context,
        StateMachine: { Id: machine.arn, Name: machine.name },
      },
    });
    this.#abortState = run.abort;
    const followed =
      state.state.Retry || state.nested.size > 0
        ? this.#follow(machine, state, run.eventLogs, context)
        : undefined;
    try {
      return (await run.result) as unknown as Landed;
    } finally {
      await followed;
    }
  }

  /** One attempt of a task. Its timeout counts from when the called service takes it up: on AWS that is at once. */
  async #attempt(
    machine: Machine,
    name: string,
    state: State,
    integration: Integration,
    input: unknown,
    context: StateContext,
  ): Promise<unknown> {
    if (this.#halting.signal.aborted) throw halted();
    const retries = context.RetryCount;
    // the interpreter evaluates Parameters again before a retry, however this attempt ends
    context.RetryCount = retries + 1;
    const events = attemptEvents(integration, region);
    this.record(events.scheduled(input));
    this.record(events.started());
    const late = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const taken = () => {
      const { TimeoutSeconds } = state;
      if (TimeoutSeconds === undefined) return;
      const ms = Math.min(TimeoutSeconds * 1000, longestTimerMs);
      timer = setTimeout(() => late.reject(timedOut(state)), ms);
    };
    try {
      const output = await Promise.race([
        integration.perform(this.#ports, machine.role, input, taken),
        late.promise,
        this.#halted.promise,
      ]);
      const text = JSON.stringify(output);
      refuseTooLarge(text, `task "${name}"`, state);
      context.RetryCount = retries;
      this.record(events.succeeded(text));
      return output;
    } catch (error) {
      const { name: errorName, message } = error as Error;
      if (!this.#halting.signal.aborted) {
        this.record(errorName === timeout ? events.timedOut() : events.failed(errorName, message));
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A Wait state: its time is counted from when it was entered, so that a restart does not begin it anew. */
  async #wait({ seconds, timestamp, output }: WaitInput, from: number): Promise<unknown> {
    const span = timestamp === undefined ? Number(seconds) * 1000 : Date.parse(timestamp) - from;
    if (Number.isNaN(span)) {
      throw new TaskError(
        'States.Runtime',
        `Cannot wait for ${JSON.stringify({ seconds, timestamp })}.`,
        never,
      );
    }
    const due = from + span * this.#ports.timeScale;
    for (let left = due - Date.now(); left > 0; left = due - Date.now()) {
      const { signal } = this.#halting;
      await sleep(Math.min(left, longestTimerMs), undefined, { signal }).catch(() => {
        throw halted();
      });
    }
    return output;
  }

  /** Learns from the interpreter what only it sees: retries, and what goes on inside of a Parallel or Map. */
  async #follow(
    machine: Machine,
    { name: own, nested }: RunnableState,
    logs: ReturnType<StateMachine['run']>['eventLogs'],
    context: StateContext,
  ): Promise<void> {
    for await (const event of logs) {
      if (this.#halting.signal.aborted) return;
      if (event.type === 'MapIterationStarted') {
        this.record(stateEvents.mapIteration('Started', event.parentState.name, event.index));
      } else if (event.type === 'MapIterationSucceeded') {
        this.record(stateEvents.mapIteration('Succeeded', event.parentState.name, event.index));
      } else if (event.type === 'MapIterationFailed') {
        this.record(stateEvents.mapIteration('Failed', event.parentState.name, event.index));
      }
      if (!('state' in event)) continue;
      const { name, type } = event.state;
      const inside = nested.get(name);
      if (event.type === 'StateRetried') this.#ports.usage.transition(machine.name, name);
      if (event.type === 'StateFailed' && name === own && type !== 'Task') context.RetryCount += 1;
      if (event.type === 'StateEntered' && inside) {
        this.#ports.usage.transition(machine.name, name);
        this.record(stateEvents.entered(inside, name, event.state.input));
      }
      if (event.type === 'StateExited' && inside)
        this.record(stateEvents.exited(inside, name, event.state.output));
    }
  }
}

type Json = Parameters<StateMachine['run']>[0];
interface WaitInput {
  readonly seconds?: unknown;
  readonly timestamp?: string;
  readonly output: unknown;
}

const never = { retry: false, catch: false };

/** What a task fails with that is still running when its execution has ended: nothing retries or catches it. */
const halted = (): TaskError => new TaskError('Halted', 'The execution has ended.', never);

const timeout = 'States.Timeout';

/** States.TaskFailed does not match States.Timeout; its own name and States.ALL do. */
function timedOut(state: State): TaskError {
  return new TaskError(timeout, timeout, matchedBy(state, timeout, 'States.ALL'));
}

/** States.ALL does not match States.DataLimitExceeded; only its own name does. */
function refuseTooLarge(text: string, where: string, task?: State): void {
  const size = Buffer.byteLength(text);
  if (size <= largestPayload) return;
  throw new TaskError(
    'States.DataLimitExceeded',
    `The ${where} returned a result of ${size} bytes, more than the maximum of ${largestPayload} bytes.`,
    matchedBy(task, 'States.DataLimitExceeded'),
  );
}

/** Whether a task's Retry and Catch have one of these names. */
function matchedBy(task: State | undefined, ...errors: string[]): { retry: boolean; catch: boolean } {
  const names = (rules?: readonly { readonly ErrorEquals: readonly string[] }[]) =>
    rules?.some(({ ErrorEquals }) => ErrorEquals.some((error) => errors.includes(error))) ?? false;
  return { retry: names(task?.Retry), catch: names(task?.Catch) };
}

/** Error and Cause of a failed execution, out of what the interpreter threw. */
function failure(thrown: Error): { error?: string; cause?: string } {
  const reason = thrown.name === 'ExecutionError' && thrown.cause instanceof Error ? thrown.cause : thrown;
  const { name, message } = reason;
  // the interpreter's stand-ins for what a Fail state did not say
  const cause =
    message === 'Execution failed because of a Fail state' || message === name ? {} : { cause: message };
  if (name === 'FailStateError') return cause;
  const isBug =
    ['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'].includes(name) &&
    !(reason instanceof TaskError);
  return { error: isBug ? 'States.Runtime' : name, ...cause };
}
