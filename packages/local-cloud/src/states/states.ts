import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Access } from '../iam/access.ts';
import { createExecutions, type Machine } from './executions.ts';
import type { InterpreterPorts } from './interpreter.ts';
import { parseDefinition } from './state-machine-definition.ts';
import { machineArn, resourceName, statesApi, validated } from './states-api.ts';

/** The embedded Step Functions. */
export type States = ReturnType<typeof createStates>;

export interface StatesPorts extends InterpreterPorts {
  /** Keeps executions in `<data>/executions.db`. */
  readonly data?: string | undefined;
  readonly access: InterpreterPorts['access'] & Pick<Access, 'assume'>;
}

type NewMachine = Readonly<Record<'name' | 'role' | 'definition', string>>;

/** @example createStates(ports).createStateMachine({ name: 'Orders', role: roleArn, definition: asl }) */
export function createStates({ data, ...ports }: StatesPorts) {
  if (data !== undefined) mkdirSync(data, { recursive: true });
  const executions = createExecutions(ports, data === undefined ? undefined : join(data, 'executions.db'));
  const machines = new Map<string, Machine>();

  /** Deploys a state machine. @throws Error naming what is wrong with its definition. */
  function createStateMachine({ name, role, definition: definitionText }: NewMachine): Machine {
    validated({ name: resourceName }, { name });
    const definition = parseDefinition(definitionText);
    const arn = machineArn(name);
    const version = executions.store.keepVersion(arn, role, definitionText);
    const machine = { arn, name, role, definition, definitionText, created: Date.now(), version };
    machines.set(arn, machine);
    return machine;
  }

  const stateMachine: ResourceKind = {
    type: 'AWS::StepFunctions::StateMachine',
    honoured: ['DefinitionString', 'RoleArn', 'StateMachineName', 'StateMachineType'],
    harmless: ['LoggingConfiguration', 'TracingConfiguration', 'Tags', 'EncryptionConfiguration'],
    create({ logicalId, path, properties }) {
      const { DefinitionString: definition, RoleArn: role, StateMachineName: name = logicalId } = properties;
      const { StateMachineType: type = 'STANDARD' } = properties;
      ports.access.assume(role, 'states.amazonaws.com', machineArn(name));
      try {
        if (type !== 'STANDARD') throw new Error(`type ${type} is not supported, only STANDARD is.`);
        if (typeof definition !== 'string') throw new Error('DefinitionString is not JSON text.');
        const machine = createStateMachine({ name, role, definition });
        const { arn } = machine;
        const start = () => executions.resume(machine);
        return { ref: arn, attributes: { Arn: arn, Name: name }, start, stop: executions.halt };
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
      }
    },
  };

  const { resume, onStatusChange, close: stop } = executions;
  const service = statesApi(machines, executions);
  return { service, kinds: [stateMachine], createStateMachine, resume, onStatusChange, stop };
}
