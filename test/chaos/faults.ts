import { stages } from '../../domain/stages.ts';

/** A fault as `POST /_local/faults` takes it. */
export interface InjectedFault {
  readonly target: string;
  readonly effect: string;
  readonly probability?: number;
  readonly ms?: number;
}

/** How likely each fault is to strike an invocation or a delivery. */
const usual = 0.05;

/** The SDK repeats a call two or three times: were faults rarer, hardly one would get through to the functions. */
const unrelenting = 0.15;

/**
 * A hang lasts until the function's own timeout, 10 to 60 s that no time scale shrinks: more of them, and a run is
 * nothing but waiting.
 */
const rare = 0.002;

const housekeeping = ['reconcile', 'bookkeeping'];
const edges = ['accept', 'status', 'cancel', 'redrive', 'push', 'messages', 'connect'];
const functions = [...stages.map(({ name }) => name), 'settle', ...housekeeping, ...edges];

const operations = [
  ...['UpdateItem', 'PutItem', 'GetItem', 'Query'].map((operation) => `dynamodb:${operation}`),
  ...['StartExecution', 'DescribeExecution', 'RedriveExecution'].map((operation) => `states:${operation}`),
  'ses:SendEmail',
  'execute-api:PostToConnection',
];

/** The path of every function ends so: no function is taken for one whose name contains its own. */
const functionNamed = (name: string): string => `lambda:${name}/Function`;

/** Every kind of fault that the local cloud can inject, at every place that matters. */
export const faults: readonly InjectedFault[] = [
  ...functions.flatMap((name) =>
    ['error', 'throttle', 'crash-before', 'crash-after'].map((effect) => ({
      target: functionNamed(name),
      effect,
      probability: usual,
    })),
  ),
  // The reconciliation may run for five minutes, longer than anybody here waits for progress: it does not hang.
  ...functions
    .filter((name) => name !== 'reconcile')
    .map((name) => ({ target: functionNamed(name), effect: 'hang', probability: rare })),
  ...operations.flatMap((target) => [
    ...['error', 'throttle', 'lost-answer'].map((effect) => ({ target, effect, probability: unrelenting })),
    { target, effect: 'slow', probability: usual, ms: 250 },
  ]),
  { target: 'stream', effect: 'duplicate', probability: usual },
  { target: 'stream', effect: 'delay', probability: usual, ms: 300 },
  { target: 'events', effect: 'drop', probability: usual },
  { target: 'socket', effect: 'drop', probability: usual },
];

/** A stage that fails for everybody, for as long as it is not repaired. */
export const outage: readonly InjectedFault[] = [
  { target: functionNamed('order-creation'), effect: 'error' },
];
