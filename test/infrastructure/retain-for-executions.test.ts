import { describe, expect, it } from '@jest/globals';
import { stages } from '../../domain/stages.ts';
import {
  constructOf,
  functionNamed,
  functionsOf,
  nameOf,
  resourcesOf,
  template,
  textOf,
  theOnly,
} from '../support/stack.ts';

/** The constructs of the functions that definitions of the state machine name. */
const called = [...stages.map(({ name }) => constructOf(name)), 'SettlementSettle'];

/** Every resource whose logical id begins with one of these. */
const resourcesBelow = (constructs: readonly string[], of = template()) =>
  Object.entries(of.Resources).filter(([logicalId]) =>
    constructs.some((construct) => logicalId.startsWith(construct)),
  );

describe('a function that executions call', () => {
  it.each(['development', 'production'] as const)(
    'stays with its role, permissions and log when it leaves the template in %s',
    (deployment) => {
      const resources = resourcesBelow(called, template(deployment));

      expect(new Set(resources.map(([, { Type }]) => Type))).toEqual(
        new Set([
          'AWS::Lambda::Function',
          'AWS::Lambda::Permission',
          'AWS::IAM::Role',
          'AWS::IAM::Policy',
          'AWS::Logs::LogGroup',
        ]),
      );
      for (const [logicalId, { DeletionPolicy, UpdateReplacePolicy }] of resources)
        expect([logicalId, DeletionPolicy, UpdateReplacePolicy]).toEqual([logicalId, 'Retain', 'Retain']);
    },
  );

  it('has no name of its own, so that its stage can be added again while it stays', () => {
    for (const [logicalId, { Properties }] of resourcesBelow(called)) {
      const names = ['FunctionName', 'RoleName', 'LogGroupName'].flatMap((name) =>
        typeof Properties[name] === 'string' ? [Properties[name]] : [],
      );
      expect([logicalId, names]).toEqual([logicalId, []]);
    }
  });

  it('lets the role of the state machine call it itself: the role names present functions only', () => {
    const permissions = Object.values(resourcesOf('AWS::Lambda::Permission'))
      .map(({ Properties }) => `${textOf(Properties.Principal)} ${textOf(Properties.FunctionName)}`)
      .filter((permission) => permission.includes('StateMachine'));

    expect(permissions.sort()).toEqual(
      called.map((construct) => `<OrderWorkflowStateMachineRole.Arn> <${construct}Function.Arn>`).sort(),
    );
  });

  it('is found by a tag with the name of the stack', () => {
    for (const construct of called)
      expect(functionNamed(construct).Tags).toEqual([
        { Key: 'accepted:stays-for-executions-of', Value: 'Accepted-development' },
      ]);
  });

  it('is the only kind of function that stays', () => {
    const staying = Object.entries(resourcesOf('AWS::Lambda::Function'))
      .filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain')
      .map(([logicalId]) => nameOf(logicalId).replace(/Function$/, ''));

    expect(staying.sort()).toEqual([...called].sort());
    expect(Object.keys(functionsOf())).toEqual(expect.arrayContaining(staying));
  });
});

describe('a deployment', () => {
  it('keeps the logical ids that executions depend on, whatever becomes of the stage table', () => {
    const ids = Object.keys(template().Resources);

    expect(ids).toEqual(
      expect.arrayContaining([
        // Their ARNs name the state machine.
        'OrderWorkflowStateMachine225C08D5',
        // They run as this role, and the functions that stay let it call them.
        'OrderWorkflowStateMachineRoleAC6EB9F7',
        // Each of their definitions calls this function to settle an order.
        'SettlementSettleFunction628F7912',
      ]),
    );
  });

  it('updates stage functions, then the state machine, then the function that starts executions', () => {
    const definition = textOf(theOnly('AWS::StepFunctions::StateMachine').Properties.DefinitionString);
    const { Variables } = functionNamed('ApiAccept').Environment;

    for (const construct of called) expect(definition).toContain(`<${construct}Function.Arn>`);
    expect(textOf(Variables.STATE_MACHINE_ARN)).toBe('<OrderWorkflowStateMachine>');
  });
});
