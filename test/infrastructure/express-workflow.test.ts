import { describe, expect, it } from '@jest/globals';
import { type StageTable, stages } from '../../domain/stages.ts';
import { constructOf, functionNamed, named, resourcesOf, template, textOf } from '../support/stack.ts';

const stack = template('hardened');
const express = () =>
  named('AWS::StepFunctions::StateMachine', 'ExpressWorkflowStateMachine', stack).Properties;
const definition = () => JSON.parse(textOf(express().DefinitionString));
const table: StageTable = stages;
const handOver = 'Continue in a Standard execution';

describe('the Express state machine', () => {
  it('is there only where orders begin in it', () => {
    expect(Object.keys(resourcesOf('AWS::StepFunctions::StateMachine', stack))).toHaveLength(2);
    expect(Object.keys(resourcesOf('AWS::StepFunctions::StateMachine'))).toHaveLength(1);
  });

  it('ends well below the five minutes of Express, and logs failures without data', () => {
    expect(express()).toMatchObject({
      StateMachineType: 'EXPRESS',
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    });
    expect(definition().TimeoutSeconds).toBe(60);
  });

  it.each(table.map((stage) => [stage.state, stage] as const))(
    'retries %s briefly and hands whatever it throws over, refusals at once',
    (state, { name, retry }) => {
      const { Parameters, Retry, Catch } = definition().States[state];

      expect(Parameters).toMatchObject({
        FunctionName: `<${constructOf(name)}Function.Arn>`,
        Payload: { stages: table.map((stage) => stage.name), express: true },
      });
      expect(Retry).toMatchObject([
        { ErrorEquals: ['OrderRefused', 'OrderCancelled'], MaxAttempts: 0 },
        { ErrorEquals: ['States.ALL'], MaxAttempts: 2, IntervalSeconds: retry.intervalSeconds },
      ]);
      expect(Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: handOver }]);
    },
  );

  it('hands over by starting the execution that has the name of the job, and is content if it runs', () => {
    const { Resource, Parameters, Catch } = definition().States[handOver];

    expect(Resource).toBe('arn:<AWS::Partition>:states:::states:startExecution');
    expect(Parameters).toMatchObject({ 'Name.$': '$.jobId', Input: { 'jobId.$': '$.jobId' } });
    expect(Catch).toEqual([
      { ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'Continued before' },
    ]);
  });

  it('is what accept and bookkeeping start, and nobody else', () => {
    const starts = (name: string) =>
      textOf(functionNamed(name, stack).Environment.Variables.STATE_MACHINE_ARN);

    for (const name of ['ApiAccept', 'HousekeepingBookkeeping'])
      expect(starts(name)).toBe('<ExpressWorkflowStateMachine>');
    for (const name of ['ApiCancel', 'ApiRedrive', 'HousekeepingReconcile', 'OperatorOperate'])
      expect(starts(name)).not.toContain('Express');
  });

  it('is over, with the function that it left, before the sweep starts a Standard execution', () => {
    const { PATIENCE_SECONDS } = functionNamed('HousekeepingReconcile', stack).Environment.Variables;
    const longest = Math.max(...table.map(({ timeoutSeconds }) => timeoutSeconds));

    expect(Number(PATIENCE_SECONDS)).toBeGreaterThan(definition().TimeoutSeconds + longest);
  });
});
