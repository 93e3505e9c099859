import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Access } from '../iam/access.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { createExecutions } from './executions.ts';
import { createExpress, type ExpressPorts } from './express.ts';
import type { InterpreterPorts } from './interpreter.ts';
import type { ExecutionLog, Machine } from './machine.ts';
import { parseDefinition } from './state-machine-definition.ts';
import { machineArn, resourceName, statesApi, validated } from './states-api.ts';

/** The embedded Step Functions. */
export type States = ReturnType<typeof createStates>;

export interface StatesPorts extends Omit<InterpreterPorts, 'startExecution'> {
  readonly usage: InterpreterPorts['usage'] & ExpressPorts['usage'];
  readonly logs: ExpressPorts['logs'];
  /** Keeps executions in `<data>/executions.db`. */
  readonly data?: string | undefined;
  readonly access: InterpreterPorts['access'] & Pick<Access, 'assume'>;
}

type NewMachine = Readonly<Record<'name' | 'role' | 'definition', string>> &
  Partial<Pick<Machine, 'type' | 'log'>>;

/** @example createStates(ports).createStateMachine({ name: 'Orders', role: roleArn, definition: asl }) */
export function createStates({ data, ...outer }: StatesPorts) {
  const ports = {
    ...outer,
    startExecution: async (input: JsonObject) =>
      (await service.perform({ operation: 'StartExecution', input })) as JsonObject,
  };
  if (data !== undefined) mkdirSync(data, { recursive: true });
  const executions = createExecutions(ports, data === undefined ? undefined : join(data, 'executions.db'));
  const express = createExpress(ports);
  const halt = () => {
    express.halt();
    executions.halt();
  };
  const machines = new Map<string, Machine>();

  /** Deploys a state machine. @throws Error naming what is wrong with its definition. */
  function createStateMachine({
    name,
    role,
    definition: definitionText,
    type = 'STANDARD',
    log,
  }: NewMachine): Machine {
    validated({ name: resourceName }, { name });
    const definition = parseDefinition(definitionText);
    const arn = machineArn(name);
    const version = executions.store.keepVersion(arn, role, definitionText);
    const machine = { arn, name, role, definition, definitionText, created: Date.now(), version, type, log };
    machines.set(arn, machine);
    return machine;
  }

  const stateMachine: ResourceKind = {
    type: 'AWS::StepFunctions::StateMachine',
    honoured: ['DefinitionString', 'RoleArn', 'StateMachineName', 'StateMachineType', 'LoggingConfiguration'],
    harmless: ['TracingConfiguration', 'Tags', 'EncryptionConfiguration'],
    create({ logicalId, path, properties }) {
      const { DefinitionString: definition, RoleArn: role, StateMachineName: name = logicalId } = properties;
      const { StateMachineType: type = 'STANDARD', LoggingConfiguration: logging } = properties;
      ports.access.assume(role, 'states.amazonaws.com', machineArn(name));
      try {
        if (type !== 'STANDARD' && type !== 'EXPRESS')
          throw new Error(`type ${type} is not known; it is STANDARD or EXPRESS.`);
        if (typeof definition !== 'string') throw new Error('DefinitionString is not JSON text.');
        const machine = createStateMachine({ name, role, definition, type, log: logOf(logging) });
        const { arn } = machine;
        const start = () => executions.resume(machine);
        return { ref: arn, attributes: { Arn: arn, Name: name }, start, stop: halt };
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
      }
    },
  };

  const { resume, onStatusChange } = executions;
  const service = statesApi(machines, executions, express);
  const stop = async () => {
    halt();
    await executions.close();
  };
  return { service, kinds: [stateMachine], createStateMachine, resume, onStatusChange, stop };
}

/** What a LoggingConfiguration says; undefined if it names no log group. */
function logOf(logging?: {
  readonly Level?: ExecutionLog['level'];
  readonly IncludeExecutionData?: boolean;
  readonly Destinations?: readonly { readonly CloudWatchLogsLogGroup?: { readonly LogGroupArn?: string } }[];
}): ExecutionLog | undefined {
  const {
    Level: level = 'OFF',
    IncludeExecutionData: includeExecutionData = false,
    Destinations = [],
  } = logging ?? {};
  const group = /:log-group:(.+?)(?::\*)?$/.exec(
    Destinations[0]?.CloudWatchLogsLogGroup?.LogGroupArn ?? '',
  )?.[1];
  return group === undefined ? undefined : { group, level, includeExecutionData };
}
