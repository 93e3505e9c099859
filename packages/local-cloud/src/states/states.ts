import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';
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
import { runnableDefinition } from './state-machine-definition.ts';
import {
  arnIn,
  executionInput,
  executionName,
  fromToken,
  oneOf,
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

const operations: Readonly<Record<string, { readonly resource?: string }>> = {
  StartExecution: { resource: 'stateMachineArn' },
  ListExecutions: { resource: 'stateMachineArn' },
  DescribeStateMachine: { resource: 'stateMachineArn' },
  DescribeExecution: { resource: 'executionArn' },
  GetExecutionHistory: { resource: 'executionArn' },
  StopExecution: { resource: 'executionArn' },
  RedriveExecution: { resource: 'executionArn' },
  ListTagsForResource: { resource: 'resourceArn' },
  ListStateMachines: {},
};

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
      const name = executionName(given.name);
      const input = executionInput(given.input);
      const same = executions.store.find(executionArn(machine.name, name));
      if (same && (same.status !== 'RUNNING' || same.input !== input)) {
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${same.arn}'`);
      }
      if (same) await executions.store.committed();
      const execution = same ?? (await executions.start(machine, name, input));
      return { executionArn: execution.arn, startDate: seconds(execution.started) };
    },
    DescribeExecution: (given) => {
      const execution = executionOf(given);
      return {
        ...summary(execution),
        input: execution.input,
        inputDetails: { included: true },
        ...present({ output: execution.output, error: execution.error, cause: execution.cause }),
        ...(execution.output === null ? {} : { outputDetails: { included: true } }),
        ...redrivability(execution, Date.now()),
      };
    },
    ListExecutions(given) {
      const { arn } = machineOf(arnIn(given, 'stateMachineArn'));
      const limit = pageSize(given.maxResults);
      const before = given.nextToken === undefined ? Number.MAX_SAFE_INTEGER : fromToken(given.nextToken);
      const found = executions.store.list(arn, {
        ...(given.statusFilter === undefined ? {} : { status: oneOf(given, 'statusFilter', statuses) }),
        ...(given.redriveFilter === undefined
          ? {}
          : { redriven: oneOf(given, 'redriveFilter', ['REDRIVEN', 'NOT_REDRIVEN']) === 'REDRIVEN' }),
        before,
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      return {
        executions: page.map(summary),
        ...(found.length > limit ? { nextToken: toToken(page.at(-1)?.seq) } : {}),
      };
    },
    GetExecutionHistory(given) {
      const { seq } = executionOf(given);
      const limit = pageSize(given.maxResults);
      const reverse = given.reverseOrder === true;
      const first = reverse ? Number.MAX_SAFE_INTEGER : 0;
      const after = given.nextToken === undefined ? first : fromToken(given.nextToken);
      const found = executions.store.events(seq, after, limit + 1, reverse);
      const page = found.slice(0, limit);
      return {
        events: given.includeExecutionData === false ? page.map(withoutData) : page,
        ...(found.length > limit ? { nextToken: toToken(page.at(-1)?.id) } : {}),
      };
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
    ListStateMachines: () => ({
      stateMachines: [...machines.values()].map(({ arn, name, created }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: seconds(created),
      })),
    }),
    DescribeStateMachine(given) {
      const { arn, name, role, definitionText, created } = machineOf(arnIn(given, 'stateMachineArn'));
      return {
        stateMachineArn: arn,
        name,
        status: 'ACTIVE',
        definition: definitionText,
        roleArn: role,
        type: 'STANDARD',
        creationDate: seconds(created),
      };
    },
    ListTagsForResource: () => ({ tags: [] }),
  };

  const service: AwsService = {
    name: 'states',
    read: (request) => jsonCall(request, { AWSStepFunctions: Object.keys(operations) }),
    permissions({ operation, input }) {
      const member = operations[operation]?.resource;
      const resource = member === undefined ? machineArn('*') : String(input[member] ?? '*');
      return [{ action: `states:${operation}`, resource }];
    },
    async perform({ operation, input }: AwsCall) {
      const action = perform[operation];
      if (!action) throw new AwsError('UnknownOperationException', `Unknown operation ${operation}.`);
      return await action(input);
    },
  };

  const createStateMachine: States['createStateMachine'] = ({ name, role, definition }) => {
    const parsed = JSON.parse(definition) as StateMachineDefinition;
    const machine: Machine = {
      arn: machineArn(name),
      name,
      role,
      definition: runnableDefinition(parsed, ports.timeScale),
      definitionText: definition,
      created: Date.now(),
    };
    machines.set(machine.arn, machine);
    return machine;
  };
  const resume = (stateMachineArn: string) => executions.resume(machineOf(stateMachineArn));
  const { halt } = executions;

  return {
    service,
    kinds: [stateMachine({ createStateMachine, resume, halt, assume: ports.access.assume })],
    createStateMachine,
    resume,
    onStatusChange: (listener) => executions.onStatusChange(listener),
    halt,
    stop: () => executions.close(),
  };
}

const machineArn = (name: string): string => `arn:aws:states:${region}:${account}:stateMachine:${name}`;
const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;

/** What ListExecutions tells of one execution. */
function summary(execution: ExecutionRecord): JsonObject {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.started),
    redriveCount: execution.redrives,
    ...(execution.stopped === null ? {} : { stopDate: seconds(execution.stopped) }),
    ...(execution.redriven === null ? {} : { redriveDate: seconds(execution.redriven) }),
  };
}

const seconds = (milliseconds: number): number => milliseconds / 1000;
const present = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
