import type { ResourceKind } from '../wire/cloud.ts';
import type { States } from './states.ts';

/** A Standard state machine with a JSONPath definition. */
export const stateMachine: ResourceKind = {
  type: 'AWS::StepFunctions::StateMachine',
  honoured: ['DefinitionString', 'RoleArn', 'StateMachineName', 'StateMachineType'],
  harmless: ['LoggingConfiguration', 'TracingConfiguration', 'Tags', 'EncryptionConfiguration'],
  create({ logicalId, path, properties }, cloud) {
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
    const states = cloud.services.get('states') as States | undefined;
    if (!states) throw new Error(`${path}: the local cloud was started without its service "states".`);
    cloud.access.assume(RoleArn, 'states.amazonaws.com');
    try {
      const { arn, name } = states.createStateMachine({
        name: StateMachineName,
        role: RoleArn,
        definition: DefinitionString,
      });
      return {
        ref: arn,
        attributes: { Arn: arn, Name: name },
        start: () => states.resume(arn),
        stop: () => states.halt(),
      };
    } catch (error) {
      throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
    }
  },
};
