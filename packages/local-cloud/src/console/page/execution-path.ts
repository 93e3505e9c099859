import { allStates, type Flow, innerFlows, transitionKey, transitionsOf } from './state-machine.ts';

/** An event of GetExecutionHistory. The member that is named after its type has the details. */
export interface HistoryEvent {
  readonly id: number;
  readonly type: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

/** Details of an event, the members that the console reads. */
export type EventDetails = Readonly<
  Partial<Record<'name' | 'input' | 'output' | 'error' | 'cause' | 'resource' | 'parameters', string>>
>;

export type StateStatus = 'In progress' | 'Succeeded' | 'Failed' | 'Caught error' | 'Cancelled';

/** What an execution did in a state, over all its visits. */
export interface StateRun {
  status: StateStatus;
  visits: number;
  /** Calls of its task. */
  attempts: number;
  /** Of the last visit, as JSON text. */
  input?: string | undefined;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}

/** How an execution went through its state machine. */
export interface ExecutionPath {
  readonly states: ReadonlyMap<string, StateRun>;
  /** Keys of the transitions that it took. */
  readonly transitions: ReadonlySet<string>;
  /** The state that each event belongs to, by the event's id. */
  readonly stateOf: ReadonlyMap<number, string>;
}

/** Attempts beyond the first of each visit. */
export const retriesOf = ({ attempts, visits }: StateRun): number => Math.max(0, attempts - visits);

export function detailsOf(event: HistoryEvent): EventDetails {
  const member = Object.keys(event).find((name) => name.endsWith('EventDetails'));
  return (member === undefined ? {} : event[member]) as EventDetails;
}

/**
 * Follows a history, the oldest event first. Events of tasks do not name their state: they belong to the open state of
 * that function, or else to the one that was entered last.
 */
export function executionPath(machine: Flow, events: readonly HistoryEvent[]): ExecutionPath {
  const known = allStates(machine);
  const ways = new Set(allTransitions(machine));
  const states = new Map<string, StateRun>();
  const transitions = new Set<string>();
  const stateOf = new Map<number, string>();
  const open: string[] = [];
  const left: string[] = [];
  let current: string | undefined;

  function enter(name: string, input?: string): void {
    const from = left.findLast((each) => ways.has(transitionKey({ from: each, to: name })));
    if (from !== undefined) transitions.add(transitionKey({ from, to: name }));
    const { visits = 0, attempts = 0 } = states.get(name) ?? {};
    states.set(name, { status: 'In progress', visits: visits + 1, attempts, input });
    open.push(name);
    current = name;
  }

  function exit(name: string, output?: string): void {
    const run = states.get(name);
    if (run) Object.assign(run, { status: run.error === undefined ? 'Succeeded' : 'Caught error', output });
    remove(open, name);
    remove(left, name);
    left.push(name);
    current = name;
  }

  /** The state of a function whose call begins. */
  function taskOf({ resource, parameters = '' }: EventDetails): string | undefined {
    const isOf = (name: string) => {
      const { Resource, Parameters: { FunctionName } = {} } = known.get(name) ?? {};
      if (resource === Resource && FunctionName === undefined) return true;
      return FunctionName !== undefined && parameters.includes(JSON.stringify(FunctionName));
    };
    return open.findLast(isOf) ?? open.at(-1);
  }

  for (const event of events) {
    const { type } = event;
    const { name, input, output, error, cause, ...rest } = detailsOf(event);
    if (type.endsWith('StateEntered')) enter(String(name), input);
    else if (type.endsWith('StateExited')) exit(String(name), output);
    else if (/^(Task|LambdaFunction)Scheduled$/.test(type)) {
      current = taskOf(rest);
      const run = states.get(current ?? '');
      if (run) Object.assign(run, { attempts: run.attempts + 1, error: undefined, cause: undefined });
    } else if (/^(Task|LambdaFunction)(Failed|TimedOut)$/.test(type)) {
      const run = states.get(current ?? '');
      if (run) Object.assign(run, { error: error ?? 'States.Timeout', cause });
    } else if (/^Execution(Failed|TimedOut|Aborted)$/.test(type)) {
      for (const each of open) close(each, type, error, cause);
    } else if (type === 'ExecutionRedriven') {
      for (const each of open) Object.assign(states.get(each) ?? {}, { status: 'In progress' });
      current = open.at(-1);
    }
    if (current !== undefined && !type.startsWith('Execution')) stateOf.set(event.id, current);
  }

  function close(name: string, type: string, error?: string, cause?: string): void {
    const run = states.get(name);
    if (!run) return;
    const isFailed = (type === 'ExecutionFailed' && name === open.at(-1)) || type === 'ExecutionTimedOut';
    Object.assign(
      run,
      isFailed
        ? { status: 'Failed', error: run.error ?? error, cause: run.cause ?? cause }
        : { status: 'Cancelled' },
    );
  }

  return { states, transitions, stateOf };
}

/** Keys of all transitions, those within states too. */
function allTransitions(flow: Flow): readonly string[] {
  const nested = Object.values(flow.States).flatMap((state) => innerFlows(state).flatMap(allTransitions));
  return [...transitionsOf(flow).map(transitionKey), ...nested];
}

function remove(list: string[], name: string): void {
  const at = list.lastIndexOf(name);
  if (at >= 0) list.splice(at, 1);
}
