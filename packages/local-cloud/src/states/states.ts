import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Access } from '../iam/access.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { withoutData } from './execution-history.ts';
import type { Machine, RunPorts } from './execution-run.ts';
import type { ExecutionRecord } from './execution-store.ts';
import { createExecutions, executionArn, redrivability, type StatusChange } from './executions.ts';
import { stateMachine } from './state-machine.ts';
import { parseDefinition } from './state-machine-definition.ts';
import {
  arnIn,
  checkedName,
  executionInput,
  fromToken,
  optionalOneOf,
  optionalText,
  pageSize,
  toToken,
} from './states-input.ts';

/** The embedded Step Functions. */
export interface States {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Deploys a state machine. @throws Error naming what is wrong with its definition. */
  createStateMachine(machine: {
    readonly name: string;
    readonly role: string;
    readonly definition: string;
  }): Machine;
  /** Continues the executions of a machine that ran when the process last ended. */
  resume(stateMachineArn: string): void;
  /** Calls the listener when an execution has started, ended or been redriven, once that is durable. */
  onStatusChange(listener: (change: StatusChange) => void): void;
  /** Stops driving executions, before the functions they call go away; the next process resumes them. */
  halt(): void;
  stop(): Promise<void>;
}

/** What Step Functions works with. */
export interface StatesPorts extends RunPorts {
  /** Keeps executions in `<data>/executions.db`. */
  readonly data?: string | undefined;
  readonly access: RunPorts['access'] & Pick<Access, 'assume'>;
}

/** @example createStates(ports).createStateMachine({ name: 'Orders', role: roleArn, definition: asl }) */
export function createStates({ data, ...ports }: StatesPorts): States {
  if (data !== undefined) mkdirSync(data, { recursive: true });
  const executions = createExecutions(ports, data === undefined ? undefined : join(data, 'executions.db'));
  const machines = new Map<string, Machine>();

  function machineOf(arn: string): Machine {
    const machine = machines.get(arn);
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  function executionOf(input: JsonObject): ExecutionRecord {
    const arn = arnIn(input, 'executionArn');
    const execution = executions.store.find(arn);
    if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  const perform: Readonly<Record<string, (input: JsonObject) => JsonObject | Promise<JsonObject>>> = {
    async StartExecution(given) {
      const machine = machineOf(arnIn(given, 'stateMachineArn'));
      const name = given.name === undefined ? crypto.randomUUID() : checkedName(given.name);
      const input = executionInput(given.input);
      const same = executions.store.find(executionArn(machine.name, name));
      if (same && (same.status !== 'RUNNING' || same.input !== input)) {
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${same.arn}'`);
      }
      if (same) await executions.store.committed();
      const execution = same ?? (await executions.start(machine, name, input));
      return { executionArn: execution.arn, startDate: seconds(execution.started) };
    },
    DescribeExecution(given) {
      const execution = executionOf(given);
      const { input, output, error, cause } = execution;
      return {
        ...summary(execution),
        input,
        inputDetails: { included: true },
        output: output ?? undefined,
        outputDetails: output === null ? undefined : { included: true },
        error: error ?? undefined,
        cause: cause ?? undefined,
        ...redrivability(execution, Date.now()),
      };
    },
    ListExecutions(given) {
      const { arn } = machineOf(arnIn(given, 'stateMachineArn'));
      const limit = pageSize(given.maxResults);
      const before = given.nextToken === undefined ? Number.MAX_SAFE_INTEGER : fromToken(given.nextToken);
      const status = optionalOneOf(given, 'statusFilter', statuses);
      const redrive = optionalOneOf(given, 'redriveFilter', ['REDRIVEN', 'NOT_REDRIVEN']);
      const redriven = redrive === undefined ? undefined : redrive === 'REDRIVEN';
      const found = executions.store.list(arn, { status, redriven, before, limit: limit + 1 });
      return { executions: found.slice(0, limit).map(summary), ...nextPage(found, limit, ({ seq }) => seq) };
    },
    GetExecutionHistory(given) {
      const { seq } = executionOf(given);
      const limit = pageSize(given.maxResults);
      const reverse = given.reverseOrder === true;
      const first = reverse ? Number.MAX_SAFE_INTEGER : 0;
      const after = given.nextToken === undefined ? first : fromToken(given.nextToken);
      const found = executions.store.events(seq, after, limit + 1, reverse);
      const page = found.slice(0, limit);
      const events = given.includeExecutionData === false ? page.map(withoutData) : page;
      return { events, ...nextPage(found, limit, ({ id }) => id) };
    },
    async StopExecution(given) {
      const { stopped } = await executions.stop(
        executionOf(given),
        optionalText(given, 'error', 256),
        optionalText(given, 'cause', 32_768),
      );
      return { stopDate: seconds(stopped ?? Date.now()) };
    },
    async RedriveExecution(given) {
      const execution = executionOf(given);
      const token = optionalText(given, 'clientToken', 64);
      // a client that lost the answer asks again with the same token
      const isRepeated = token !== undefined && token === execution.redriveToken;
      if (isRepeated && execution.redriven !== null) return { redriveDate: seconds(execution.redriven) };
      const { redriveStatus, redriveStatusReason } = redrivability(execution, Date.now());
      if (redriveStatus !== 'REDRIVABLE')
        throw new AwsError('ExecutionNotRedrivable', `${redriveStatusReason}`);
      const redriven = await executions.redrive(machineOf(execution.machine), execution, token);
      return { redriveDate: seconds(redriven.redriven ?? Date.now()) };
    },
    ListStateMachines(given) {
      const limit = pageSize(given.maxResults);
      const first = given.nextToken === undefined ? 0 : fromToken(given.nextToken);
      const found = [...machines.values()].slice(first, first + limit + 1);
      const stateMachines = found.slice(0, limit).map(machineSummary);
      return { stateMachines, ...nextPage(found, limit, () => first + limit) };
    },
    DescribeStateMachine(given) {
      const machine = machineOf(arnIn(given, 'stateMachineArn'));
      const { role, definitionText } = machine;
      return { ...machineSummary(machine), status: 'ACTIVE', definition: definitionText, roleArn: role };
    },
    ListTagsForResource: () => ({ tags: [] }),
  };

  const service: AwsService = {
    name: 'states',
    read: (request) => jsonCall(request, { AWSStepFunctions: Object.keys(perform) }),
    permissions({ operation, input }) {
      const { stateMachineArn, executionArn, resourceArn } = input;
      const resource = String(stateMachineArn ?? executionArn ?? resourceArn ?? machineArn('*'));
      return [{ action: `states:${operation}`, resource }];
    },
    async perform({ operation, input }: AwsCall) {
      const action = perform[operation];
      if (!action) throw new AwsError('UnknownOperationException', `Unknown operation ${operation}.`);
      return await action(input);
    },
  };

  const createStateMachine: States['createStateMachine'] = ({ name, role, definition }) => {
    const machine: Machine = {
      arn: machineArn(name),
      name: checkedName(name),
      role,
      definition: parseDefinition(definition),
      definitionText: definition,
      created: Date.now(),
    };
    machines.set(machine.arn, machine);
    return machine;
  };
  const resume = (stateMachineArn: string) => executions.resume(machineOf(stateMachineArn));
  const { halt, onStatusChange, close } = executions;
  const kinds = [stateMachine({ createStateMachine, resume, halt, assume: ports.access.assume })];
  return { service, kinds, createStateMachine, resume, onStatusChange, halt, stop: close };
}

const machineArn = (name: string): string => `arn:aws:states:${region}:${account}:stateMachine:${name}`;
const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;

/** What ListExecutions tells of one execution. */
function summary({ arn, machine, name, status, started, stopped, redrives, redriven }: ExecutionRecord) {
  return {
    executionArn: arn,
    stateMachineArn: machine,
    name,
    status,
    startDate: seconds(started),
    stopDate: stopped === null ? undefined : seconds(stopped),
    redriveCount: redrives,
    redriveDate: redriven === null ? undefined : seconds(redriven),
  };
}

const machineSummary = ({ arn, name, created }: Machine) => ({
  stateMachineArn: arn,
  name,
  type: 'STANDARD',
  creationDate: seconds(created),
});

const seconds = (milliseconds: number): number => milliseconds / 1000;

/** The token of the next page when there is more than the limit. */
function nextPage<T>(found: readonly T[], limit: number, position: (last: T) => number): JsonObject {
  const last = found.length > limit ? found[limit - 1] : undefined;
  return last === undefined ? {} : { nextToken: toToken(position(last)) };
}
