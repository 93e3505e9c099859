import { setTimeout as sleep } from 'node:timers/promises';
import type { Usage } from '../usage/usage.ts';
import type { RecordEvent } from './execution-history.ts';
import type { Chance, Scope } from './json-path.ts';
import { attemptTask, type LambdaTaskPorts, longestTimerMs } from './lambda-task.ts';
import { matchesError, nextRetry } from './retry-policy.ts';
import { payloadText, place, select, waitMs } from './state-data.ts';
import { runtimeError, StateError } from './state-error.ts';
import type { Flow, State, StateOf } from './state-machine-definition.ts';
import { together } from './together.ts';

export interface InterpreterPorts extends LambdaTaskPorts {
  readonly usage: Pick<Usage, 'transition'>;
  /** Factor on waits and retry intervals. */
  readonly timeScale: number;
}

/** The execution that an interpreter works for. */
export interface ExecutionPort {
  readonly machineName: string;
  readonly role: string;
  /** `Execution` and `StateMachine` of the context object. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly record: RecordEvent;
  /** Stores that a state of the machine itself begins, with its input as JSON text. */
  enter(name: string, type: string, input: string): Promise<Entry>;
}

/** When a state was entered, in epoch milliseconds, and the id of that event. */
export type Entry = { readonly at: number; readonly eventId: number };

/** The machine itself, or a branch or iteration in it. */
interface Branch {
  readonly signal: AbortSignal;
  readonly enter: (name: string, type: string, input: string) => Entry | Promise<Entry>;
  /** `Map` of the context object. */
  readonly map?: { readonly Item: { readonly Index: number; readonly Value: unknown } };
}

interface Visit<S extends State = State> {
  readonly name: string;
  readonly state: S;
  readonly input: unknown;
  readonly branch: Branch;
  readonly entry: Entry;
  retryCount: number;
}

/** Where a state leads; its flow ends when there is no `next`. */
type Outcome = readonly [next: string | undefined, output: unknown];

/** Iterations of an inline map that run at once. */
const mostIterations = 40;
const chance: Chance = { random: Math.random, uuid: () => crypto.randomUUID() };

/**
 * Runs states as the Amazon States Language says, for one execution.
 * @returns a function that runs a machine from a state to its end, returns the last output and throws a StateError
 */
export function createInterpreter(ports: InterpreterPorts, execution: ExecutionPort) {
  const { record, role, machineName } = execution;

  async function walk(flow: Flow, branch: Branch, input: unknown, from = flow.StartAt): Promise<unknown> {
    let [name, output]: Outcome = [from, input];
    while (name !== undefined) {
      branch.signal.throwIfAborted();
      const state = Object.hasOwn(flow.States, name) ? flow.States[name] : undefined;
      if (!state) throw runtimeError(`The state "${name}" is not in the deployed definition.`);
      const entry = await branch.enter(name, state.Type, jsonOf(output));
      const visit: Visit = { name, state, input: output, branch, entry, retryCount: 0 };
      try {
        [name, output] = await perform(visit);
        branch.signal.throwIfAborted();
        record(`${state.Type}StateExited`, { name: visit.name, output: jsonOf(output) });
      } catch (error) {
        throw located(error, visit);
      }
    }
    return output;
  }

  async function perform(visit: Visit): Promise<Outcome> {
    const { state, input, branch, entry } = visit;
    if (state.Type === 'Fail') {
      const scope = scopeOf(visit, input);
      throw new StateError(state.Error ?? state.ErrorPath?.(scope), state.Cause ?? state.CausePath?.(scope));
    }
    if ('Retry' in state) return await persist({ ...visit, state });
    const scope = scopeOf(visit, select(state.InputPath, scopeOf(visit, input)));
    if (state.Type === 'Pass') {
      const result = state.Result === undefined ? fill(state.Parameters, scope) : state.Result;
      return outcomeOf(visit, state.Next, place(state.ResultPath, input, result));
    }
    if (state.Type === 'Wait') await pause(entry.at, waitMs(state, scope, entry.at), branch.signal);
    if (state.Type === 'Wait') return outcomeOf(visit, state.Next, scope.input);
    if (state.Type === 'Succeed') return outcomeOf(visit, undefined, scope.input);
    const next = state.Choices.find(({ holds }) => holds(scope))?.Next ?? state.Default;
    if (next !== undefined) return outcomeOf(visit, next, scope.input);
    const cause = 'Failed to transition out of the state. The state does not point to a next state.';
    throw new StateError('States.NoChoiceMatched', cause);
  }

  /** Works until it succeeds, or until no retry is left and a catcher takes the error or the state fails. */
  async function persist(visit: Visit<StateOf<'Task' | 'Parallel' | 'Map'>>): Promise<Outcome> {
    const { name, state, input, branch } = visit;
    const retried = state.Retry.map(() => 0);
    for (;;) {
      try {
        const result = await work(visit, scopeOf(visit, select(state.InputPath, scopeOf(visit, input))));
        const chosen = fill(state.ResultSelector, scopeOf(visit, result));
        return outcomeOf(visit, state.Next, place(state.ResultPath, input, chosen));
      } catch (thrown) {
        branch.signal.throwIfAborted();
        const failure = located(thrown, visit);
        const retry = nextRetry(state.Retry, failure.error, retried, chance.random());
        if (!retry) {
          if (state.Type !== 'Task') record(`${state.Type}StateFailed`);
          const catcher = state.Catch.find(({ ErrorEquals }) => matchesError(ErrorEquals, failure.error));
          if (!catcher) throw failure;
          return [catcher.Next, place(catcher.ResultPath, input, failure.output())];
        }
        retried[retry.index] = (retried[retry.index] ?? 0) + 1;
        visit.retryCount += 1;
        await pause(Date.now(), retry.delaySeconds * 1000, branch.signal);
        ports.usage.transition(machineName, name);
      }
    }
  }

  async function work(visit: Visit<StateOf<'Task' | 'Parallel' | 'Map'>>, scope: Scope): Promise<unknown> {
    const { name, state, branch } = visit;
    const { signal } = branch;
    const input = state.Type === 'Map' ? select(state.ItemsPath, scope) : fill(state.Parameters, scope);
    if (state.Type !== 'Map') payloadText(input, name);
    if (state.Type === 'Task') {
      return await attemptTask({ task: state, role, input, signal }, ports, record);
    }
    if (state.Type === 'Map') return await iterate({ ...visit, state }, input, scope.input);
    record('ParallelStateStarted');
    const branches = state.Branches.map(
      (flow) => (signal: AbortSignal) => walk(flow, { ...branch, signal, enter: enterNested }, input),
    );
    const outputs = await together(branches, branches.length, signal);
    record('ParallelStateSucceeded');
    return outputs;
  }

  async function iterate(visit: Visit<StateOf<'Map'>>, items: unknown, input: unknown): Promise<unknown[]> {
    const { name, state } = visit;
    const { ItemsPath, Parameters, ItemSelector: selector = Parameters, Iterator: legacy } = state;
    if (!Array.isArray(items)) {
      throw runtimeError(`Reference path "${ItemsPath?.text ?? '$'}" must point to array.`);
    }
    record('MapStateStarted', { length: items.length });
    const iterations = items.map((Value: unknown, index) => async (signal: AbortSignal) => {
      const branch = { signal, enter: enterNested, map: { Item: { Index: index, Value } } };
      const item = selector ? selector.fill(scopeOf({ ...visit, branch }, input)) : Value;
      record('MapIterationStarted', { name, index });
      try {
        const output = await walk((state.ItemProcessor ?? legacy) as Flow, branch, item);
        record('MapIterationSucceeded', { name, index });
        return output;
      } catch (error) {
        if (!signal.aborted) record('MapIterationFailed', { name, index });
        throw error;
      }
    });
    const limit = Math.min(state.MaxConcurrency || mostIterations, mostIterations);
    const outputs = await together(iterations, limit, visit.branch.signal);
    record('MapStateSucceeded');
    return outputs;
  }

  function enterNested(name: string, type: string, input: string): Entry {
    ports.usage.transition(machineName, name);
    return { at: Date.now(), eventId: record(`${type}StateEntered`, { name, input }) };
  }

  function outcomeOf(visit: Visit, next: string | undefined, value: unknown): Outcome {
    const { state, name } = visit;
    const output = 'OutputPath' in state ? select(state.OutputPath, scopeOf(visit, value)) : value;
    payloadText(output, name);
    return [next, output];
  }

  function scopeOf({ name, entry, retryCount, branch: { map } }: Visit, input: unknown): Scope {
    const State = { EnteredTime: new Date(entry.at).toISOString(), Name: name, RetryCount: retryCount };
    return { input, context: { ...execution.context, State, ...(map && { Map: map }) }, chance };
  }

  async function pause(from: number, ms: number, signal: AbortSignal): Promise<void> {
    const due = from + ms * ports.timeScale;
    for (let left = due - Date.now(); left > 0; left = due - Date.now()) {
      await sleep(Math.min(left, longestTimerMs), undefined, { signal });
    }
  }

  return (flow: Flow, at: string, input: unknown, signal: AbortSignal): Promise<unknown> =>
    walk(flow, { signal, enter: execution.enter }, input, at);
}

const jsonOf = (value: unknown): string => JSON.stringify(value ?? null);

const fill = (template: StateOf<'Pass'>['Parameters'], scope: Scope): unknown =>
  template ? template.fill(scope) : scope.input;

function located(thrown: unknown, { name, entry }: Visit): StateError {
  const error = thrown instanceof StateError ? thrown : runtimeError((thrown as Error).message);
  return error.in(name, entry.eventId);
}
