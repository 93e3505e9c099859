import { setTimeout as sleep } from 'node:timers/promises';
import type { Usage } from '../usage/usage.ts';
import { type HistoryEvent, stateEvents } from './execution-history.ts';
import type { Chance, Scope } from './json-path.ts';
import { matchesError, nextRetry } from './retry-policy.ts';
import { payloadText, place, select, waitMs } from './state-data.ts';
import { runtimeError, StateError } from './state-error.ts';
import { type Flow, itemFlowOf, type State, type StateOf } from './state-machine-definition.ts';
import { attemptTask, longestTimerMs } from './task-attempt.ts';
import type { TaskPorts } from './task-integrations.ts';
import { together } from './together.ts';

/** What an interpreter works with. */
export interface InterpreterPorts extends TaskPorts {
  readonly usage: Pick<Usage, 'transition'>;
  /** Factor on waits and retry intervals. */
  readonly timeScale: number;
}

/** What the interpreter needs to know of the execution it works for. */
export interface ExecutionPort {
  readonly machineName: string;
  readonly role: string;
  /** `Execution` and `StateMachine` of the context object. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Appends to the history. @returns the event's id */
  record: (event: HistoryEvent) => number;
  /** Keeps that a state of the machine itself begins. @returns when it was entered and the id of that event */
  enter(name: string, type: string, input: unknown): Promise<Entry>;
}

export interface Entry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly eventId: number;
}

/** The machine itself, or a branch or iteration in it. */
interface Branch {
  readonly signal: AbortSignal;
  readonly isNested: boolean;
  /** `Map` of the context object. */
  readonly map?: { readonly Item: { readonly Index: number; readonly Value: unknown } };
}

/** One visit of a state. */
interface Visit<S extends State = State> {
  readonly name: string;
  readonly state: S;
  readonly input: unknown;
  readonly branch: Branch;
  readonly entry: Entry;
  retryCount: number;
}

/** Where a state leads; its flow ends when there is no `next`. */
interface Outcome {
  readonly next?: string | undefined;
  readonly output: unknown;
}

/** A state that may fail, be retried and caught. */
type Worker = StateOf<'Task' | 'Parallel' | 'Map'>;

/** An inline map runs at most this many iterations at once. */
const mostIterations = 40;
const chance: Chance = { random: Math.random, uuid: () => crypto.randomUUID() };

/** Runs states as the Amazon States Language says, for one execution. */
export class Interpreter {
  readonly #ports: InterpreterPorts;
  readonly #execution: ExecutionPort;

  constructor(ports: InterpreterPorts, execution: ExecutionPort) {
    this.#ports = ports;
    this.#execution = execution;
  }

  /**
   * Runs a machine from a state to its end.
   * @returns the last state's output
   * @throws StateError
   */
  run(flow: Flow, at: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    return this.#walk(flow, { next: at, output: input }, { signal, isNested: false });
  }

  async #walk(flow: Flow, from: Outcome, branch: Branch): Promise<unknown> {
    let { next, output }: Outcome = from;
    while (next !== undefined) {
      branch.signal.throwIfAborted();
      const state = Object.hasOwn(flow.States, next) ? flow.States[next] : undefined;
      if (!state) throw runtimeError(`The state "${next}" is not in the deployed definition.`);
      const entry = await this.#enter(next, state, output, branch);
      const visit: Visit = { name: next, state, input: output, branch, entry, retryCount: 0 };
      try {
        const outcome = await this.#perform(visit);
        branch.signal.throwIfAborted();
        this.#execution.record(stateEvents.exited(state.Type, visit.name, outcome.output));
        ({ next, output } = outcome);
      } catch (error) {
        throw located(error, visit);
      }
    }
    return output;
  }

  async #enter(name: string, { Type }: State, input: unknown, branch: Branch): Promise<Entry> {
    if (!branch.isNested) return await this.#execution.enter(name, Type, input);
    this.#ports.usage.transition(this.#execution.machineName, name);
    return { at: Date.now(), eventId: this.#execution.record(stateEvents.entered(Type, name, input)) };
  }

  async #perform(visit: Visit): Promise<Outcome> {
    const { state, input, branch, entry } = visit;
    if (state.Type === 'Fail') {
      const scope = this.#scope(visit, input);
      throw new StateError(state.Error ?? state.ErrorPath?.(scope), state.Cause ?? state.CausePath?.(scope));
    }
    if (state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map') {
      return await this.#persist({ ...visit, state });
    }
    const scope = this.#scope(visit, select(state.InputPath, this.#scope(visit, input)));
    switch (state.Type) {
      case 'Pass': {
        const result = state.Result === undefined ? fill(state.Parameters, scope) : state.Result;
        return this.#outcome(visit, state.Next, place(state.ResultPath, input, result));
      }
      case 'Wait':
        await this.#pause(entry.at, waitMs(state, scope, entry.at), branch.signal);
        return this.#outcome(visit, state.Next, scope.input);
      case 'Choice': {
        const next = state.Choices.find(({ holds }) => holds(scope))?.Next ?? state.Default;
        if (next !== undefined) return this.#outcome(visit, next, scope.input);
        const cause = 'Failed to transition out of the state. The state does not point to a next state.';
        throw new StateError('States.NoChoiceMatched', cause);
      }
      case 'Succeed':
        return this.#outcome(visit, undefined, scope.input);
    }
  }

  /** Works until it succeeds, or until no retry is left and a catcher takes the error or the state fails. */
  async #persist(visit: Visit<Worker>): Promise<Outcome> {
    const { name, state, input, branch } = visit;
    const retried = state.Retry.map(() => 0);
    for (;;) {
      try {
        const scope = this.#scope(visit, select(state.InputPath, this.#scope(visit, input)));
        const result = await this.#work(visit, scope);
        const chosen = fill(state.ResultSelector, this.#scope(visit, result));
        return this.#outcome(visit, state.Next, place(state.ResultPath, input, chosen));
      } catch (thrown) {
        branch.signal.throwIfAborted();
        const failure = located(thrown, visit);
        const retry = nextRetry(state.Retry, failure.error, retried, chance.random());
        if (!retry) return this.#caught(visit, failure);
        retried[retry.index] = (retried[retry.index] ?? 0) + 1;
        visit.retryCount += 1;
        await this.#pause(Date.now(), retry.delaySeconds * 1000, branch.signal);
        this.#ports.usage.transition(this.#execution.machineName, name);
      }
    }
  }

  #caught({ state, input }: Visit<Worker>, failure: StateError): Outcome {
    if (state.Type !== 'Task') this.#execution.record(stateEvents.failed(state.Type));
    const catcher = state.Catch.find(({ ErrorEquals }) => matchesError(ErrorEquals, failure.error));
    if (!catcher) throw failure;
    return { next: catcher.Next, output: place(catcher.ResultPath, input, failure.output()) };
  }

  async #work(visit: Visit<Worker>, scope: Scope): Promise<unknown> {
    const { name, state, branch } = visit;
    const { signal } = branch;
    const { record, role } = this.#execution;
    if (state.Type === 'Map') {
      const concurrency = Math.min(state.MaxConcurrency || mostIterations, mostIterations);
      const outputs = await together(this.#iterations({ ...visit, state }, scope), concurrency, signal);
      record(stateEvents.succeeded('Map'));
      return outputs;
    }
    const input = fill(state.Parameters, scope);
    payloadText(input, name);
    if (state.Type === 'Task') {
      const { Resource: integration, TimeoutSeconds: timeoutSeconds } = state;
      return await attemptTask({ integration, role, input, timeoutSeconds, signal }, this.#ports, record);
    }
    record(stateEvents.parallelStarted());
    const branches = state.Branches.map(
      (flow) => (signal: AbortSignal) =>
        this.#walk(flow, { next: flow.StartAt, output: input }, { ...branch, signal, isNested: true }),
    );
    const outputs = await together(branches, branches.length, signal);
    record(stateEvents.succeeded('Parallel'));
    return outputs;
  }

  #iterations(visit: Visit<StateOf<'Map'>>, scope: Scope): ((signal: AbortSignal) => Promise<unknown>)[] {
    const { name, state } = visit;
    const { ItemsPath, ItemSelector, Parameters: selector = ItemSelector } = state;
    const { record } = this.#execution;
    const flow = itemFlowOf(state);
    const items = select(ItemsPath, scope);
    if (!Array.isArray(items))
      throw runtimeError(`Reference path "${ItemsPath?.text ?? '$'}" must point to array.`);
    record(stateEvents.mapStarted(items.length));
    return items.map((Value: unknown, Index) => async (signal) => {
      const branch = { signal, isNested: true, map: { Item: { Index, Value } } };
      const output = selector ? selector.fill(this.#scope({ ...visit, branch }, scope.input)) : Value;
      record(stateEvents.mapIteration('Started', name, Index));
      try {
        const result = await this.#walk(flow, { next: flow.StartAt, output }, branch);
        record(stateEvents.mapIteration('Succeeded', name, Index));
        return result;
      } catch (error) {
        if (!signal.aborted) record(stateEvents.mapIteration('Failed', name, Index));
        throw error;
      }
    });
  }

  #outcome(visit: Visit, next: string | undefined, value: unknown): Outcome {
    const { state, name } = visit;
    const output = 'OutputPath' in state ? select(state.OutputPath, this.#scope(visit, value)) : value;
    payloadText(output, name);
    return { next, output };
  }

  #scope({ name, entry, retryCount, branch }: Visit, input: unknown): Scope {
    const State = { EnteredTime: new Date(entry.at).toISOString(), Name: name, RetryCount: retryCount };
    const context = { ...this.#execution.context, State, ...(branch.map ? { Map: branch.map } : {}) };
    return { input, context, chance };
  }

  /** Waits for a time that the clock of the cloud scales. */
  async #pause(from: number, ms: number, signal: AbortSignal): Promise<void> {
    const due = from + ms * this.#ports.timeScale;
    for (let left = due - Date.now(); left > 0; left = due - Date.now()) {
      await sleep(Math.min(left, longestTimerMs), undefined, { signal });
    }
  }
}

const fill = (template: StateOf<'Pass'>['Parameters'], scope: Scope): unknown =>
  template ? template.fill(scope) : scope.input;

function located(thrown: unknown, { name, entry }: Visit): StateError {
  const error = thrown instanceof StateError ? thrown : runtimeError((thrown as Error).message);
  return error.in(name, entry.eventId);
}
