import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Access } from '../iam/access.ts';
import { account, region } from '../wire/account.ts';
import type { Machine } from './execution-run.ts';

/** What state machines work with. */
export interface StateMachinePorts {
  createStateMachine(machine: {
    readonly name: string;
    readonly role: string;
    readonly definition: string;
  }): Pick<Machine, 'arn' | 'name'>;
  resume(stateMachineArn: string): void;
  halt(): void;
  readonly assume: Access['assume'];
}

/** A Standard state machine with a JSONPath definition. */
export function stateMachine(ports: StateMachinePorts): ResourceKind {
  return {
    type: 'AWS::StepFunctions::StateMachine',
    honoured: ['DefinitionString', 'RoleArn', 'StateMachineName', 'StateMachineType'],
    harmless: ['LoggingConfiguration', 'TracingConfiguration', 'Tags', 'EncryptionConfiguration'],
    create({ logicalId, path, properties }) {
      const {
        DefinitionString,
        RoleArn,
        StateMachineName = logicalId,
        StateMachineType = 'STANDARD',
      } = properties;
      if (StateMachineType !== 'STANDARD') {
        throw new Error(
          `${path}: StateMachineType is ${StateMachineType}; the local cloud runs STANDARD only.`,
        );
      }
      if (typeof DefinitionString !== 'string') {
        throw new Error(
          `${path}: DefinitionString is ${typeof DefinitionString}; the local cloud needs JSON text.`,
        );
      }
      const machineArn = `arn:aws:states:${region}:${account}:stateMachine:${StateMachineName}`;
      ports.assume(RoleArn, 'states.amazonaws.com', machineArn);
      try {
        const { arn, name } = ports.createStateMachine({
          name: StateMachineName,
          role: RoleArn,
          definition: DefinitionString,
        });
        return {
          ref: arn,
          attributes: { Arn: arn, Name: name },
          start: () => ports.resume(arn),
          stop: () => ports.halt(),
        };
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}
