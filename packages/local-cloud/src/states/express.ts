import type { Logs } from '../logs/logs.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { historyEvent, type RecordEvent } from './execution-record.ts';
import { createInterpreter, type InterpreterPorts } from './interpreter.ts';
import type { ExecutionLog, Machine } from './machine.ts';
import type { StateError } from './state-error.ts';

export interface ExpressPorts extends Omit<InterpreterPorts, 'usage'> {
  readonly usage: Pick<Usage, 'express'>;
  readonly logs: Pick<Logs, 'write'>;
}

export type Express = ReturnType<typeof createExpress>;

/** AWS ends an Express execution after five minutes, whatever its definition allows. */
const longestMs = 300_000;

/** Events by log level: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
const logged = {
  ALL: /./,
  ERROR: /(?:Failed|TimedOut|Aborted)$|^FailStateEntered$/,
  FATAL: /^Execution(?:Failed|TimedOut|Aborted)$/,
  OFF: /^$/,
};

const mebibyte = 1_048_576;

/**
 * Asynchronous Express executions: not listed, described, stopped or redriven; names may repeat; what becomes of one is in
 * its log only. They are not stored. One that runs when the process ends is lost, although AWS promises that an execution
 * runs at least once: whoever relies on Express has to cope with one that it stops, too.
 */
export function createExpress(ports: ExpressPorts) {
  const halting = new AbortController();

  return {
    /** @returns ARN of the execution, which has begun */
    start(machine: Machine, name: string, input: string): { readonly arn: string; readonly started: number } {
      const started = Date.now();
      const arn = `arn:aws:states:${region}:${account}:express:${machine.name}:${name}:${crypto.randomUUID()}`;
      void run(machine, { arn, name, input, started });
      return { arn, started };
    },
    /** Loses what runs, without a trace, as a crash does. */
    halt: (): void => halting.abort(),
  };

  /** Never rejects. */
  async function run(
    machine: Machine,
    { arn, name, input, started }: Readonly<Record<'arn' | 'name' | 'input', string>> & { started: number },
  ): Promise<void> {
    const { definition, definitionText, role, name: machineName } = machine;
    const limitMs = Math.min(longestMs, (definition.TimeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), limitMs);
    let id = 0;
    const record: RecordEvent = (type, details = {}) => {
      id += 1;
      if (machine.log && !halting.signal.aborted)
        write(machine.log, historyEvent(id, Date.now(), type, details));
      return id;
    };
    const write = (log: ExecutionLog, event: ReturnType<typeof historyEvent>) => {
      if (!logged[log.level].test(event.type)) return;
      const { id, type, previousEventId: previous_event_id, timestamp, ...rest } = event;
      const [details = {}] = Object.values(rest) as object[];
      const shown = Object.entries(details).filter(
        ([member]) => log.includeExecutionData || !/^(?:in|out)put/.test(member),
      );
      const event_timestamp = String(Math.round(timestamp * 1000));
      const line = {
        id: String(id),
        type,
        details: Object.fromEntries(shown),
        previous_event_id: String(previous_event_id),
      };
      ports.logs.write(
        log.group,
        `states/${machineName}/${new Date(started).toISOString().slice(0, 16).replace('T', '-').replace(':', '-')}`,
        JSON.stringify({ ...line, event_timestamp, execution_arn: arn, redrive_count: '0' }),
      );
    };
    const context = {
      Execution: {
        ...{ Id: arn, Input: JSON.parse(input) as unknown, Name: name, RoleArn: role },
        ...{ RedriveCount: 0, StartTime: new Date(started).toISOString() },
      },
      StateMachine: { Id: machine.arn, Name: machineName },
    };
    const enter = async (state: string, type: string, input: string) => ({
      at: Date.now(),
      eventId: record(`${type}StateEntered`, { name: state, input }),
    });
    // An Express execution is billed by its duration, not by its transitions.
    const interpreterPorts = { ...ports, usage: { transition: () => {} } };
    const interpret = createInterpreter(interpreterPorts, { machineName, role, context, record, enter });
    record('ExecutionStarted', { input, roleArn: role });
    try {
      const signal = AbortSignal.any([timeout.signal, halting.signal]);
      const output = await interpret(definition, definition.StartAt, JSON.parse(input), signal);
      record('ExecutionSucceeded', { output: JSON.stringify(output) });
    } catch (thrown) {
      const { error, explanation: cause } = thrown as StateError;
      if (timeout.signal.aborted) record('ExecutionTimedOut', { error: 'States.Timeout' });
      else record('ExecutionFailed', { error, cause });
    }
    clearTimeout(timer);
    if (halting.signal.aborted) return;
    const bytes = 50 * mebibyte + Buffer.byteLength(definitionText) + Buffer.byteLength(input);
    const gibibytes = (Math.ceil(bytes / mebibyte / 64) * 64) / 1024;
    ports.usage.express(machineName, gibibytes * Math.ceil((Date.now() - started) / 100) * 0.1);
  }
}
