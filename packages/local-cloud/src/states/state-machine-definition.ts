import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { refuseUnsupported, type State } from './state-machine-support.ts';
import { type Integration, integrationFor } from './task-integrations.ts';

/** One state of the definition, ready to be interpreted on its own. */
export interface RunnableState {
  readonly name: string;
  /** As written in the definition. */
  readonly state: State;
  /**
   * A machine of this state alone. Each way out of it (`Next`, `End`, `Catch`, `Choices`) leads to a landing, a task
   * that answers where the way goes: so each transition passes through our hands and can be recorded.
   */
  readonly machine: StateMachine;
  readonly landings: Readonly<Record<string, (output: unknown) => Landed>>;
  /** This state's own task, or those inside of a Parallel or Map. */
  readonly tasks: ReadonlyMap<string, TaskState>;
  /** States inside of a Parallel or Map: name to type. */
  readonly nested: ReadonlyMap<string, string>;
}

/** Where a state led to; the execution ends when there is no `next`. */
export interface Landed {
  readonly next?: string;
  readonly output: unknown;
}

/** A state that is interpreted as a task: a Task with its integration, or a Wait, whose time we keep ourselves. */
export interface TaskState {
  readonly state: State;
  readonly integration?: Integration;
}

/** A definition that was checked and made ready to run. */
export interface RunnableDefinition {
  readonly startAt: string;
  readonly timeoutMs?: number;
  readonly states: ReadonlyMap<string, RunnableState>;
}

/** The name under which tasks find `$$.Execution`: the interpreter overwrites parts of the original. */
export const executionContextName = 'RunningExecution';

/** Longest time a Node.js timer holds (2^31 ms, about 24.8 days). AWS lets a task run for a year. */
const longestTimerSeconds = 2_147_483;

/**
 * Checks a definition in the Amazon States Language and makes it ready to run.
 * @param timeScale Factor on retry intervals.
 * @throws Error naming every violation, or the feature that this cloud does not have.
 */
export function runnableDefinition(
  definition: StateMachineDefinition,
  timeScale: number,
): RunnableDefinition {
  refuseUnsupported(definition, 'the definition');
  new StateMachine(definition); // validates the original: the copies below are not what the author wrote
  const states = new Map<string, RunnableState>();
  for (const [name, state] of Object.entries(definition.States)) {
    states.set(name, runnableState(name, state, timeScale));
  }
  return {
    startAt: definition.StartAt,
    ...(definition.TimeoutSeconds === undefined ? {} : { timeoutMs: definition.TimeoutSeconds * 1000 }),
    states,
  };
}

function runnableState(name: string, state: State, timeScale: number): RunnableState {
  const tasks = new Map<string, TaskState>();
  const nested = new Map<string, string>();
  const landings: Record<string, (output: unknown) => Landed> = {};
  const landing = (next?: string): string => {
    const key = next === undefined ? '→' : `→ ${next}`;
    landings[key] = (output) => (next === undefined ? { output } : { next, output });
    return key;
  };
  const copy = redirect(executable(name, state, timeScale, tasks, nested), landing);
  const landingStates = Object.keys(landings).map((key) => [key, { Type: 'Task', Resource: key, End: true }]);
  const machine = new StateMachine(
    {
      StartAt: name,
      States: { [name]: copy, ...Object.fromEntries(landingStates) },
    } as StateMachineDefinition,
    { validationOptions: { noValidate: true } },
  );
  return { name, state, machine, landings, tasks, nested };
}

/** The copy of a state that the interpreter gets: time scaled, its defaults made AWS's, its slips avoided. */
function executable(
  name: string,
  state: State,
  timeScale: number,
  tasks: Map<string, TaskState>,
  nested: Map<string, string>,
): State {
  const copy: Record<string, unknown> = withContextPaths(state) as Record<string, unknown>;
  withoutDefaultPaths(copy);
  if (Array.isArray(copy.Catch)) copy.Catch.forEach(withoutDefaultPaths);
  if (Array.isArray(copy.Retry)) copy.Retry = copy.Retry.map((retrier) => scaled(retrier, timeScale));
  const inside = (branch: State): State => ({
    ...branch,
    States: Object.fromEntries(
      Object.entries(branch.States as Record<string, State>).map(([key, value]) => {
        nested.set(key, value.Type);
        return [key, executable(key, value, timeScale, tasks, nested)];
      }),
    ),
  });
  switch (state.Type) {
    case 'Task': {
      const integration = integrationFor(state.Resource) as Integration;
      tasks.set(name, { state, integration });
      // The interpreter's clock would count the time that an invocation waits for a sandbox; the run has its own.
      copy.TimeoutSeconds = longestTimerSeconds;
      break;
    }
    case 'Wait': {
      tasks.set(name, { state });
      const { Seconds, Timestamp, SecondsPath, TimestampPath, ...rest } = copy;
      return {
        ...rest,
        Type: 'Task',
        Resource: name,
        TimeoutSeconds: longestTimerSeconds,
        Parameters: {
          ...(SecondsPath ? { 'seconds.$': SecondsPath } : { seconds: Seconds }),
          ...(TimestampPath ? { 'timestamp.$': TimestampPath } : { timestamp: Timestamp }),
          'output.$': '$',
        },
      };
    }
    case 'Parallel':
      copy.Branches = (copy.Branches as State[]).map(inside);
      break;
    case 'Map':
      for (const key of ['ItemProcessor', 'Iterator']) if (copy[key]) copy[key] = inside(copy[key] as State);
      break;
  }
  return copy;
}

function scaled(retrier: State, timeScale: number): State {
  return {
    ...retrier,
    IntervalSeconds: (retrier.IntervalSeconds ?? 1) * timeScale,
    MaxDelaySeconds: Math.min(
      (retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY) * timeScale,
      longestTimerSeconds,
    ),
  };
}

/** `$` is the default of every path, but the interpreter takes a ResultPath of `$` for a member of that name. */
function withoutDefaultPaths(copy: Record<string, unknown>): void {
  for (const path of ['InputPath', 'ResultPath', 'OutputPath']) if (copy[path] === '$') delete copy[path];
}

/** Leads every way out of a state to its landing. */
function redirect(state: State, landing: (next?: string) => string): State {
  const { End: _, ...copy } = state as Record<string, unknown>;
  if (state.Type === 'Fail') return state;
  if (state.Type === 'Choice') {
    copy.Choices = state.Choices.map((choice: State) => ({ ...choice, Next: landing(choice.Next) }));
    if (state.Default) copy.Default = landing(state.Default);
    return copy;
  }
  if (state.Type === 'Succeed') copy.Type = 'Pass';
  if (state.Catch) {
    copy.Catch = state.Catch.map((catcher: State) => ({ ...catcher, Next: landing(catcher.Next) }));
  }
  copy.Next = landing(state.Next);
  return copy;
}

/** Deep copy in which paths to `$$.Execution` lead to {@link executionContextName}. */
function withContextPaths(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    const isPath = key.endsWith('.$') || key.endsWith('Path') || key === 'Variable';
    return isPath ? value.replace(/\$\$\.Execution\b/g, `$$$$.${executionContextName}`) : value;
  }
  if (Array.isArray(value)) return value.map((item) => withContextPaths(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withContextPaths(item, name)]),
  );
}
