import type { Integration } from './task-integrations.ts';

/** One event of an execution's history as the API gives it, before it got its id and time. */
export type HistoryEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** An event as stored: `timestamp` in epoch seconds, as the API gives it. */
export type RecordedEvent = HistoryEvent & {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
};

/** How an execution ended; `output` is JSON text. */
export interface Ending {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** `ExecutionStarted` with `executionStartedEventDetails`. */
function event(type: string, details?: object): HistoryEvent {
  const member = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
  return details === undefined ? { type } : { type, [member]: details };
}

const inputOf = (input: string) => ({ input, inputDetails: { truncated: false } });
const outputOf = (output: string) => ({ output, outputDetails: { truncated: false } });
const text = (value: unknown): string => JSON.stringify(value ?? null);
const endings = { FAILED: 'Failed', ABORTED: 'Aborted', TIMED_OUT: 'TimedOut' } as const;

/** The execution as a whole. Inputs and outputs are JSON texts. */
export const executionEvents = {
  started: (input: string, roleArn: string) => event('ExecutionStarted', { ...inputOf(input), roleArn }),
  ended: ({ status, output = 'null', error, cause }: Ending) =>
    status === 'SUCCEEDED'
      ? event('ExecutionSucceeded', outputOf(output))
      : event(`Execution${endings[status]}`, { error, cause }),
  redriven: (redriveCount: number) => event('ExecutionRedriven', { redriveCount }),
};

/** A state that begins and ends. */
export const stateEvents = {
  entered: (type: string, name: string, input: unknown): HistoryEvent => ({
    type: `${type}StateEntered`,
    stateEnteredEventDetails: { name, ...inputOf(text(input)) },
  }),
  exited: (type: string, name: string, output: unknown): HistoryEvent => ({
    type: `${type}StateExited`,
    stateExitedEventDetails: { name, ...outputOf(text(output)) },
  }),
  parallelStarted: () => event('ParallelStateStarted'),
  mapStarted: (length: number) => event('MapStateStarted', { length }),
  succeeded: (type: 'Parallel' | 'Map') => event(`${type}StateSucceeded`),
  failed: (type: 'Parallel' | 'Map') => event(`${type}StateFailed`),
  mapIteration: (end: 'Started' | 'Succeeded' | 'Failed', name: string, index: number) =>
    event(`MapIteration${end}`, { name, index }),
};

/** One attempt of a task; functions called by their bare ARN have event types of their own. */
export function attemptEvents({ history }: Integration, region: string) {
  const [prefix, of] =
    'function' in history
      ? ['LambdaFunction', undefined]
      : ['Task', { resourceType: history.service, resource: history.action }];
  return {
    scheduled: (input: unknown) =>
      'function' in history
        ? event('LambdaFunctionScheduled', { resource: history.function, ...inputOf(text(input)) })
        : event('TaskScheduled', { ...of, region, parameters: text(input) }),
    started: () => event(`${prefix}Started`, of),
    succeeded: (output: string) => event(`${prefix}Succeeded`, { ...of, ...outputOf(output) }),
    failed: (error?: string, cause?: string) => event(`${prefix}Failed`, { ...of, error, cause }),
    timedOut: () => event(`${prefix}TimedOut`, { ...of, error: 'States.Timeout' }),
  };
}

/** The event without inputs and outputs, as GetExecutionHistory gives it with `includeExecutionData: false`. */
export function withoutData(event: RecordedEvent): Record<string, unknown> {
  const strip = (details: object) =>
    Object.fromEntries(Object.entries(details).filter(([key]) => !['input', 'output'].includes(key)));
  return Object.fromEntries(
    Object.entries(event).map(([key, value]) => [
      key,
      typeof value === 'object' ? strip(value as object) : value,
    ]),
  );
}
