import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Access } from '../iam/access.ts';
import type { AwsService } from '../wire/aws-service.ts';
import type { Machine, RunPorts } from './execution-run.ts';
import { createExecutions, type Executions } from './executions.ts';
import { parseDefinition } from './state-machine-definition.ts';
import { machineArn, resourceName, statesApi, validated } from './states-api.ts';

/** The embedded Step Functions. */
export interface States {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Deploys a state machine. @throws Error naming what is wrong with its definition. */
  createStateMachine(machine: Pick<Machine, 'name' | 'role'> & { readonly definition: string }): Machine;
  /** Continues the executions of a machine that ran when the process last ended. */
  resume(machine: Machine): void;
  readonly onStatusChange: Executions['onStatusChange'];
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

  const createStateMachine: States['createStateMachine'] = ({ name, role, definition: definitionText }) => {
    validated({ name: resourceName }, { name });
    const definition = parseDefinition(definitionText);
    const machine = { arn: machineArn(name), name, role, definition, definitionText, created: Date.now() };
    machines.set(machine.arn, machine);
    return machine;
  };

  /** A Standard state machine with a JSONPath definition. */
  const stateMachine: ResourceKind = {
    type: 'AWS::StepFunctions::StateMachine',
    honoured: ['DefinitionString', 'RoleArn', 'StateMachineName', 'StateMachineType'],
    harmless: ['LoggingConfiguration', 'TracingConfiguration', 'Tags', 'EncryptionConfiguration'],
    create({ logicalId, path, properties }) {
      const { DefinitionString: definition, RoleArn: role, StateMachineName: name = logicalId } = properties;
      const { StateMachineType: type = 'STANDARD' } = properties;
      if (type !== 'STANDARD') {
        throw new Error(`${path}: StateMachineType is ${type}; the local cloud runs STANDARD only.`);
      }
      if (typeof definition !== 'string') {
        throw new Error(
          `${path}: DefinitionString is ${typeof definition}; the local cloud needs JSON text.`,
        );
      }
      ports.access.assume(role, 'states.amazonaws.com');
      try {
        const machine = createStateMachine({ name, role, definition });
        return {
          ref: machine.arn,
          attributes: { Arn: machine.arn, Name: name },
          start: () => executions.resume(machine),
          stop: executions.halt,
        };
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
      }
    },
  };

  return {
    service: statesApi(machines, executions),
    kinds: [stateMachine],
    createStateMachine,
    resume: executions.resume,
    onStatusChange: executions.onStatusChange,
    stop: executions.close,
  };
}
