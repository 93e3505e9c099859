import type { Integration } from './task-integrations.ts';

/** One event of an execution's history as the API gives it, before it got its id and time. */
export type HistoryEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** An event as stored: `timestamp` in epoch seconds, as the API gives it. */
export type RecordedEvent = HistoryEvent & {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
};

const whole = { truncated: false };
const text = (value: unknown): string => JSON.stringify(value ?? null);
const problem = (error?: string, cause?: string) => ({
  ...(error === undefined ? {} : { error }),
  ...(cause === undefined ? {} : { cause }),
});

/** The execution as a whole. `input` and `output` are JSON texts. */
export const executionEvents = {
  started: (input: string, roleArn: string): HistoryEvent => ({
    type: 'ExecutionStarted',
    executionStartedEventDetails: { input, inputDetails: whole, roleArn },
  }),
  succeeded: (output: string): HistoryEvent => ({
    type: 'ExecutionSucceeded',
    executionSucceededEventDetails: { output, outputDetails: whole },
  }),
  failed: (error?: string, cause?: string): HistoryEvent => ({
    type: 'ExecutionFailed',
    executionFailedEventDetails: problem(error, cause),
  }),
  aborted: (error?: string, cause?: string): HistoryEvent => ({
    type: 'ExecutionAborted',
    executionAbortedEventDetails: problem(error, cause),
  }),
  timedOut: (error?: string, cause?: string): HistoryEvent => ({
    type: 'ExecutionTimedOut',
    executionTimedOutEventDetails: problem(error, cause),
  }),
  redriven: (redriveCount: number): HistoryEvent => ({
    type: 'ExecutionRedriven',
    executionRedrivenEventDetails: { redriveCount },
  }),
};

/** A state that begins and ends. */
export const stateEvents = {
  entered: (type: string, name: string, input: unknown): HistoryEvent => ({
    type: `${type}StateEntered`,
    stateEnteredEventDetails: { name, input: text(input), inputDetails: whole },
  }),
  exited: (type: string, name: string, output: unknown): HistoryEvent => ({
    type: `${type}StateExited`,
    stateExitedEventDetails: { name, output: text(output), outputDetails: whole },
  }),
  parallelStarted: (): HistoryEvent => ({ type: 'ParallelStateStarted' }),
  mapStarted: (length: number): HistoryEvent => ({
    type: 'MapStateStarted',
    mapStateStartedEventDetails: { length },
  }),
  succeeded: (type: 'Parallel' | 'Map'): HistoryEvent => ({ type: `${type}StateSucceeded` }),
  failed: (type: 'Parallel' | 'Map'): HistoryEvent => ({ type: `${type}StateFailed` }),
  mapIteration: (end: 'Started' | 'Succeeded' | 'Failed', name: string, index: number): HistoryEvent => ({
    type: `MapIteration${end}`,
    [`mapIteration${end}EventDetails`]: { name, index },
  }),
};

/** One attempt of a task; functions called by their bare ARN have event types of their own. */
export function attemptEvents(
  { history }: Integration,
  region: string,
): {
  scheduled(input: unknown): HistoryEvent;
  started(): HistoryEvent;
  succeeded(output: string): HistoryEvent;
  failed(error: string, cause?: string): HistoryEvent;
  timedOut(): HistoryEvent;
} {
  const timeout = problem('States.Timeout');
  if ('function' in history) {
    const resource = history.function;
    return {
      scheduled: (input) => ({
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: { resource, input: text(input), inputDetails: whole },
      }),
      started: () => ({ type: 'LambdaFunctionStarted' }),
      succeeded: (output) => ({
        type: 'LambdaFunctionSucceeded',
        lambdaFunctionSucceededEventDetails: { output, outputDetails: whole },
      }),
      failed: (error, cause) => ({
        type: 'LambdaFunctionFailed',
        lambdaFunctionFailedEventDetails: problem(error, cause),
      }),
      timedOut: () => ({ type: 'LambdaFunctionTimedOut', lambdaFunctionTimedOutEventDetails: timeout }),
    };
  }
  const of = { resourceType: history.service, resource: history.action };
  return {
    scheduled: (input) => ({
      type: 'TaskScheduled',
      taskScheduledEventDetails: { ...of, region, parameters: text(input) },
    }),
    started: () => ({ type: 'TaskStarted', taskStartedEventDetails: of }),
    succeeded: (output) => ({
      type: 'TaskSucceeded',
      taskSucceededEventDetails: { ...of, output, outputDetails: whole },
    }),
    failed: (error, cause) => ({
      type: 'TaskFailed',
      taskFailedEventDetails: { ...of, ...problem(error, cause) },
    }),
    timedOut: () => ({ type: 'TaskTimedOut', taskTimedOutEventDetails: { ...of, ...timeout } }),
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
