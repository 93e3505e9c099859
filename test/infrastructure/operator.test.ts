import { expect, it } from '@jest/globals';
import { functionNamed, functionsOf, resourcesOf, template, textOf, theOnly } from '../support/stack.ts';

it('the operator function has a name that follows from the name of the stack', () => {
  expect(functionNamed('OperatorOperate').FunctionName).toBe('Accepted-development-operator');
});

it('a policy lets its bearer invoke the operator function and do nothing else', () => {
  const { PolicyDocument, ...properties } = theOnly('AWS::IAM::ManagedPolicy').Properties;

  expect(PolicyDocument.Statement).toEqual([
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: expect.anything() },
  ]);
  expect(textOf(PolicyDocument.Statement[0].Resource)).toBe('<OperatorOperateFunction.Arn>');
  for (const attached of ['Roles', 'Users', 'Groups']) expect(properties).not.toHaveProperty(attached);
});

it('no API, rule, queue or state machine of the stack can invoke the operator function', () => {
  const invoked = ['AWS::Lambda::Permission', 'AWS::Lambda::EventSourceMapping', 'AWS::Events::Rule'].flatMap(
    (type) => Object.values(resourcesOf(type)),
  );
  const policies = Object.values(resourcesOf('AWS::IAM::Policy'));

  expect(JSON.stringify([...invoked, ...policies])).not.toContain('OperatorOperateFunction');
});

it('operators can search the log of Express executions too, of which nothing else remains', () => {
  const { LOG_GROUPS, EXPRESS_STATE_MACHINE_ARN } = functionNamed('OperatorOperate', template('hardened'))
    .Environment.Variables;

  expect(textOf(LOG_GROUPS)).toContain('<ExpressWorkflowLog>');
  expect(textOf(EXPRESS_STATE_MACHINE_ARN)).toBe('<ExpressWorkflowStateMachine>');
});

it('operators can search the logs of every function', () => {
  const searched = textOf(functionNamed('OperatorOperate').Environment.Variables.LOG_GROUPS);

  const others = Object.keys(functionsOf()).filter((name) => name !== 'OperatorOperate');
  expect(searched.split(',').sort()).toEqual(others.map((name) => `<${name}Log>`).sort());
});
