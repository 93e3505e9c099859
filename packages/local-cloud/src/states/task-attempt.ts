import { region } from '../wire/account.ts';
import { attemptEvents, type HistoryEvent } from './execution-history.ts';
import { payloadText } from './state-data.ts';
import { StateError } from './state-error.ts';
import type { Integration, TaskPorts } from './task-integrations.ts';

/** Longest delay of a Node.js timer. */
export const longestTimerMs = 2 ** 31 - 1;

/** One attempt of a task. */
export interface Attempt {
  readonly integration: Integration;
  readonly role: string;
  readonly input: unknown;
  readonly timeoutSeconds: number | undefined;
  /** Ends the wait for the task; what it still does changes nothing. */
  readonly signal: AbortSignal;
}

/**
 * Calls the service of a task and records what comes of it. The timeout counts from when the service takes the call
 * up: on AWS that is at once.
 *
 * @throws StateError
 */
export async function attemptTask(
  { integration, role, input, timeoutSeconds, signal }: Attempt,
  ports: TaskPorts,
  record: (event: HistoryEvent) => unknown,
): Promise<unknown> {
  const events = attemptEvents(integration, region);
  const { history } = integration;
  const name = 'function' in history ? history.function : history.service;
  const ended = Promise.withResolvers<never>();
  const abort = () => ended.reject(new StateError('Halted', 'The execution or its branch has ended.'));
  let timer: NodeJS.Timeout | undefined;
  const taken = () => {
    if (timeoutSeconds === undefined) return;
    const late = () => ended.reject(new StateError('States.Timeout'));
    timer = setTimeout(late, Math.min(timeoutSeconds * 1000, longestTimerMs));
  };
  record(events.scheduled(input));
  record(events.started());
  signal.addEventListener('abort', abort, { once: true });
  try {
    const output = await Promise.race([integration.perform(ports, role, input, taken), ended.promise]);
    record(events.succeeded(payloadText(output, name)));
    return output;
  } catch (thrown) {
    const { error = 'States.Runtime', explanation } = thrown as StateError;
    if (!signal.aborted)
      record(error === 'States.Timeout' ? events.timedOut() : events.failed(error, explanation));
    throw thrown;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
